using Exo.Engine;
using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Generation;
using Exo.Engine.Models;
using Exo.Engine.Placement;
using Exo.Engine.Quantization;
using Exo.Engine.Weights;
using Exo.Tests.Engine.Models;

namespace Exo.Tests.Engine.Quantization;

/// <summary>Experts quantized on load: a GGUF file has them stacked, a folder one by one, and both become the same blocks.</summary>
public sealed class QuantizedExpertsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ModelFiles _one, _stacked;

    public QuantizedExpertsTests()
    {
        TinyModel.Write(_folder, TinyModel.Config(
            "qwen3_moe", ("hidden_size", "256"), ("moe_intermediate_size", "256"), ("head_dim", "64"), ("num_experts", "4"), ("num_experts_per_tok", "2")), "F16");
        _one = ModelFiles.Open(_folder.Path);
        ModelQuantizer.Write(_one, DType.F16, _folder.File("m.gguf"));
        _stacked = ModelFiles.Open(_folder.File("m.gguf"));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(DType.Q8_0)]
    [InlineData(DType.Q4_K)]
    public void LoadShard_StackedExperts_AreQuantizedAsThoseOfAFolder(DType type)
    {
        var (one, stacked) = (QuantizedModel.Of(_one, type), QuantizedModel.Of(_stacked, type));
        using var sources = one.OpenWeights();
        using var stacks = stacked.OpenWeights();

        var pairs = Experts(one, sources).Zip(Experts(stacked, stacks)).ToList();

        Assert.Equal(3 * 4 * 3, pairs.Count); // layers, experts, matrices
        Assert.All(pairs, pair =>
        {
            Assert.True(pair.Second.IsMade, pair.Second.Name);
            Assert.Equal((type, pair.First.ByteCount), (pair.Second.Type, pair.Second.ByteCount));
            Assert.Equal(Rows(pair.First), Rows(pair.Second));
        });
    }

    [Theory]
    [InlineData(DType.Q8_0)]
    [InlineData(DType.Q4_K)]
    public void ByteCount_StackedExperts_IsWhatIsPlannedAndWhatIsHeld(DType type)
    {
        var stacked = QuantizedModel.Of(_stacked, type);
        using var weights = stacked.OpenWeights();
        var all = LayerRange.All(stacked.Spec);

        var held = stacked.LoadShard(weights, all).Tensors().ToList();

        Assert.Equal(held.Sum(tensor => tensor.ByteCount), weights.ByteCount);
        Assert.Equal(held.Where(tensor => tensor.IsMade).Sum(tensor => tensor.ByteCount), stacked.QuantizedByteCount(all));
        Assert.Equal(new CpuBackend().LoadedByteCount(stacked.LoadShard(weights, all)), ModelCost.Of(stacked).WeightByteCount);
        Assert.InRange((double)weights.ByteCount / _stacked.Describe().ByteCount, 0, type == DType.Q8_0 ? 0.56 : 0.33);
    }

    [Theory]
    [InlineData(DType.Q8_0)]
    [InlineData(DType.Q4_K)]
    public async Task Generate_StackedExperts_AnswerAsThoseOfAFolder(DType type)
    {
        var expected = await AnswerAsync(QuantizedModel.Of(_one, type));

        Assert.Equal(24, expected.Count);
        Assert.Equal(expected, await AnswerAsync(QuantizedModel.Of(_stacked, type)));
    }

    private static IEnumerable<Tensor> Experts(ModelFiles files, IWeightSource weights) =>
        files.LoadShard(weights, LayerRange.All(files.Spec)).Layers.SelectMany(layer => layer.FeedForward).SelectMany(expert => new[] { expert.Gate, expert.Up, expert.Down });

    private static byte[] Rows(Tensor tensor)
    {
        var bytes = new byte[tensor.ByteCount];
        tensor.CopyRows(0, tensor.Rows, bytes);
        return bytes;
    }

    /// <summary>Each token with its log-probability.</summary>
    private static async Task<IReadOnlyList<(int, float)>> AnswerAsync(ModelFiles files)
    {
        await using var model = await LoadedModel.LoadAsync(files, new LoadOptions { Threads = 2, ContextLength = 64 }, new CpuBackend(), null, TestContext.Current.CancellationToken);
        var request = new GenerationRequest { Prompt = [1, 7, 39, 0, 7], Sampling = SamplingOptions.Greedy, MaxTokens = 24, IgnoreEos = true, TopLogprobs = 1 };
        var answer = new List<(int, float)>();
        await foreach (var next in model.GenerateAsync(request, TestContext.Current.CancellationToken))
            answer.AddRange(next.Tokens.Select(token => (token.TokenId, token.Logprob)));
        return answer;
    }
}
