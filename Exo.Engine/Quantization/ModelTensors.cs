using Exo.Engine.Models;
using Exo.Engine.Models.Gguf;
using Exo.Engine.Weights;
using Exo.Engine.Weights.Gguf;

namespace Exo.Engine.Quantization;

/// <summary>
/// A model's tensors as GGUF has them: its names, experts stacked, Gemma's norms with their 1 added, and the rows of llama's queries and keys in
/// the order its rotation of neighbours asks for.
/// </summary>
internal sealed class ModelTensors
{
    private readonly DecoderSpec _spec;
    private readonly GgufFamily _family;
    private readonly DType _type;
    private readonly List<GgufOutput> _outputs = [];

    private ModelTensors(DecoderSpec spec, GgufFamily family, DType type) => (_spec, _family, _type) = (spec, family, type);

    /// <param name="type">How matrices are stored where their rows allow it.</param>
    public static IReadOnlyList<GgufOutput> List(DecoderSpec spec, ShardWeights weights, GgufFamily family, DType type)
    {
        var tensors = new ModelTensors(spec, family, type);
        tensors.AddAll(weights);
        return tensors._outputs;
    }

    private void AddAll(ShardWeights weights)
    {
        AddRopeFactors();
        _outputs.Add(new WeightRows(weights.Embedding!).ToOutput(GgufNames.Embedding, FormatChoice.InFile(_spec.TiedHead ? HeadType : _type, _spec.HiddenSize)));
        for (var i = 0; i < weights.Layers.Count; i++) AddLayer(i, weights.Layers[i]);
        AddNorm(GgufNames.FinalNorm, weights.FinalNorm);
        if (!_spec.TiedHead) _outputs.Add(new WeightRows(weights.Head!).ToOutput(GgufNames.Head, FormatChoice.InFile(HeadType, _spec.HiddenSize)));
    }

    private DType HeadType => FormatChoice.OfHead(_type);

    private void AddLayer(int index, LayerWeights layer)
    {
        var attention = _spec.Layers[index].Attention;
        string Name(string part) => GgufNames.Layer(index, part);
        AddNorm(Name("attn_norm.weight"), layer.AttentionNorm);
        Add(Name("attn_q.weight"), layer.Query, Order(attention, attention.Heads));
        Add(Name("attn_q.bias"), layer.QueryBias, Order(attention, attention.Heads));
        AddNorm(Name("attn_q_norm.weight"), layer.QueryNorm);
        Add(Name("attn_k.weight"), layer.Key, Order(attention, attention.KvHeads));
        Add(Name("attn_k.bias"), layer.KeyBias, Order(attention, attention.KvHeads));
        AddNorm(Name("attn_k_norm.weight"), layer.KeyNorm);
        Add(Name("attn_v.weight"), layer.Value);
        Add(Name("attn_v.bias"), layer.ValueBias);
        Add(Name("attn_output.weight"), layer.Output);
        Add(Name("attn_output.bias"), layer.OutputBias);
        AddNorm(Name("post_attention_norm.weight"), layer.PostAttentionNorm);
        AddNorm(Name("ffn_norm.weight"), layer.FeedForwardNorm);
        AddFeedForward(Name, layer, _spec.Layers[index].FeedForward.Experts is null ? "" : "_exps");
        AddNorm(Name("post_ffw_norm.weight"), layer.PostFeedForwardNorm);
    }

    private void AddFeedForward(Func<string, string> name, LayerWeights layer, string suffix)
    {
        if (layer.Router is { } router) _outputs.Add(new WeightRows(router).ToOutput(name("ffn_gate_inp.weight"), DType.F32));
        var blocks = layer.FeedForward;
        AddStack(name($"ffn_gate{suffix}.weight"), blocks.Select(block => block.Gate));
        AddStack(name($"ffn_up{suffix}.weight"), blocks.Select(block => block.Up));
        AddStack(name($"ffn_down{suffix}.weight"), blocks.Select(block => block.Down));
        if (suffix.Length > 0) return;
        Add(name("ffn_gate.bias"), blocks[0].GateBias);
        Add(name("ffn_up.bias"), blocks[0].UpBias);
        Add(name("ffn_down.bias"), blocks[0].DownBias);
    }

    private void AddStack(string name, IEnumerable<Tensor> stack)
    {
        var rows = new WeightRows([.. stack]);
        _outputs.Add(rows.ToOutput(name, FormatChoice.InFile(_type, rows.Columns)));
    }

    private void AddNorm(string name, Tensor? norm)
    {
        if (norm is not null) _outputs.Add(new WeightRows(norm) { Added = _spec.NormAddsOne ? 1 : 0 }.ToOutput(name, DType.F32));
    }

    private void Add(string name, Tensor? tensor, int[]? order = null)
    {
        if (tensor is not null) _outputs.Add(new WeightRows(tensor) { Order = order }.ToOutput(name, tensor.Shape.Count == 1 ? DType.F32 : FormatChoice.InFile(_type, tensor.Columns)));
    }

    /// <summary>Which row of halves paired goes where neighbours are paired; null where the order stays.</summary>
    private int[]? Order(AttentionSpec attention, int heads)
    {
        if (attention.Rope.Interleaved == _family.Interleaved) return null;
        var (size, rotated) = (attention.HeadSize, attention.Rope.Dimensions);
        return [.. Enumerable.Range(0, heads * size).Select(row => row / size * size + Source(row % size))];

        int Source(int i) => i >= rotated ? i : i % 2 == 0 ? i / 2 : rotated / 2 + i / 2;
    }

    /// <summary>Llama 3's scaling: what the plain frequencies are divided by.</summary>
    private void AddRopeFactors()
    {
        if (RopeFactors(_spec.Layers[0].Attention.Rope) is not { } factors) return;
        _outputs.Add(new GgufOutput(GgufRope.FactorsName, [factors.Length], DType.F32, (_, destination) => RowEncoder.Encode(factors, DType.F32, destination)));
    }

    private float[]? RopeFactors(RopeSpec rope) => rope.Origin is { Scaling: RopeScaling.Factors } origin
        ? [.. RopeFrequencies.Plain(origin.Theta, rope.Dimensions).Zip(rope.Frequencies, (plain, scaled) => (float)(plain / scaled))]
        : null;
}
