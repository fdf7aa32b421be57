using System.Runtime.InteropServices;
using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Models;
using Exo.Engine.Quantization;
using Exo.Engine.Weights;

namespace Exo.Tests.Engine.Cpu;

/// <summary>A small model of random weights with any features a spec can declare, in memory.</summary>
internal sealed unsafe class RandomModel : IDisposable
{
    private readonly List<IntPtr> _memory = [];
    private readonly Dictionary<string, Tensor> _tensors = [];
    private readonly DType _type;
    private int _seed;

    public RandomModel(DecoderSpec spec, DType type, int seed = 1)
    {
        (Spec, _type, _seed) = (spec, type, seed * 1000);
        Weights = Make();
    }

    public DecoderSpec Spec { get; }

    public ShardWeights Weights { get; }

    /// <summary>A spec with five layers; every argument switches one feature on.</summary>
    public static DecoderSpec MakeSpec(
        int heads = 4, int kvHeads = 2, int headSize = 16, int? window = null, bool norms = false, bool biases = false, bool gemma = false, bool experts = false, int rotated = 0, int hidden = 48, int intermediate = 100) => new()
        {
            Architecture = "random",
            HiddenSize = hidden,
            VocabSize = 101,
            ContextLength = 2048,
            NormEpsilon = 1e-5f,
            NormAddsOne = gemma,
            EmbeddingScale = gemma ? MathF.Sqrt(hidden) : 1f,
            TiedHead = gemma,
            LogitSoftCap = gemma ? 30f : null,
            Layers = [.. Enumerable.Range(0, 5).Select(layer => new LayerSpec
            {
                PostNorms = gemma,
                Attention = new AttentionSpec
                {
                    Heads = heads,
                    KvHeads = kvHeads,
                    HeadSize = headSize,
                    Scale = 1f / MathF.Sqrt(headSize),
                    SlidingWindow = layer % 2 == 0 ? window : null,
                    ScoreSoftCap = gemma ? 50f : null,
                    QueryKeyNorm = norms,
                    QueryKeyValueBias = biases,
                    OutputBias = biases,
                    Rope = new RopeSpec { Dimensions = rotated == 0 ? headSize : rotated, Frequencies = [.. Enumerable.Range(0, (rotated == 0 ? headSize : rotated) / 2).Select(i => (float)Math.Pow(10000, -2.0 * i / headSize))] },
                },
                FeedForward = new FeedForwardSpec
                {
                    IntermediateSize = experts && intermediate == 100 ? 24 : intermediate,
                    Activation = gemma ? Activation.GeluTanh : Activation.Silu,
                    Bias = biases,
                    Experts = experts ? new ExpertSpec { Count = 6, ActiveCount = 2, NormalizeWeights = true } : null,
                },
            })],
        };

    /// <summary>The model's layers as consecutive shards that begin at the given layers.</summary>
    public IShard[] Load(int[] starts, int threads = 2, int blocks = 64, KvType kvType = KvType.Auto)
    {
        var ranges = starts.Select((start, i) => new LayerRange(start, i + 1 < starts.Length ? starts[i + 1] : Spec.Layers.Count));
        return [.. ranges.Select(range => new CpuBackend().Load(Spec, range, Weights with { Layers = [.. Weights.Layers.Skip(range.Start).Take(range.Count)] },
            new ShardOptions { KvBlockCount = blocks, Threads = threads, KvType = kvType }))];
    }

    public void Dispose()
    {
        foreach (var pointer in _memory) NativeMemory.Free((void*)pointer);
    }

    private ShardWeights Make()
    {
        var embedding = Matrix("embedding", Spec.VocabSize, Spec.HiddenSize);
        return new ShardWeights
        {
            Embedding = embedding,
            Layers = [.. Spec.Layers.Select(Layer)],
            FinalNorm = Vector("norm", Spec.HiddenSize),
            Head = Spec.TiedHead ? embedding : Matrix("head", Spec.VocabSize, Spec.HiddenSize),
        };
    }

    private LayerWeights Layer(LayerSpec layer)
    {
        var (attention, block, hidden) = (layer.Attention, layer.FeedForward, Spec.HiddenSize);
        var (queries, keys) = (attention.Heads * attention.HeadSize, attention.KvHeads * attention.HeadSize);
        Tensor? If(bool there, int size) => there ? Vector("bias", size) : null;
        return new LayerWeights
        {
            AttentionNorm = Vector("attention norm", hidden),
            Query = Matrix("query", queries, hidden),
            Key = Matrix("key", keys, hidden),
            Value = Matrix("value", keys, hidden),
            Output = Matrix("output", hidden, queries),
            QueryBias = If(attention.QueryKeyValueBias, queries),
            KeyBias = If(attention.QueryKeyValueBias, keys),
            ValueBias = If(attention.QueryKeyValueBias, keys),
            OutputBias = If(attention.OutputBias, hidden),
            QueryNorm = If(attention.QueryKeyNorm, attention.HeadSize),
            KeyNorm = If(attention.QueryKeyNorm, attention.HeadSize),
            PostAttentionNorm = If(layer.PostNorms, hidden),
            FeedForwardNorm = Vector("feed-forward norm", hidden),
            PostFeedForwardNorm = If(layer.PostNorms, hidden),
            Router = block.Experts is { } experts ? Matrix("router", experts.Count, hidden) : null,
            FeedForward = [.. Enumerable.Range(0, block.Experts?.Count ?? 1).Select(_ => new FeedForwardWeights
            {
                Gate = Matrix("gate", block.IntermediateSize, hidden),
                Up = Matrix("up", block.IntermediateSize, hidden),
                Down = Matrix("down", hidden, block.IntermediateSize),
                GateBias = If(block.Bias, block.IntermediateSize),
                UpBias = If(block.Bias, block.IntermediateSize),
                DownBias = If(block.Bias, hidden),
            })],
        };
    }

    private Tensor Matrix(string name, int rows, int columns) => Store(name, _type, [rows, columns], 1.5f / MathF.Sqrt(columns), 0f);

    /// <summary>Vectors are never quantized.</summary>
    private Tensor Vector(string name, int size) => Store(name, _type.BlockSize() == 1 ? _type : DType.F32, [size], 0.2f, Spec.NormAddsOne ? 0f : 1f);

    private Tensor Store(string name, DType type, int[] shape, float deviation, float mean)
    {
        var values = RandomFloats.Normal(shape.Aggregate((a, b) => a * b), ++_seed);
        for (var i = 0; i < values.Length; i++) values[i] = mean + deviation * values[i];
        var byteCount = type.ByteCount(values.Length);
        var data = (byte*)NativeMemory.Alloc((nuint)byteCount);
        _memory.Add((IntPtr)data);
        RowEncoder.Encode(values, type, new Span<byte>(data, checked((int)byteCount)));
        return _tensors[name + _seed] = new Tensor(name, type, shape, data);
    }
}
