using Exo.Engine.Measuring;
using Exo.Engine.Models;
using Exo.Engine.Quantization;
using Exo.Engine.Tokenization;
using Exo.Engine.Weights;
using Exo.Tests.Engine.Models;

namespace Exo.Tests.Engine.Measuring;

/// <summary>A model made ready to be measured.</summary>
public sealed class ModelBenchmarkTests
{
    [Fact]
    public async Task Load_CancelledWhileItQuantizes_BreaksOffThereAndClosesTheWeights()
    {
        using var folder = new TempFolder();
        TinyModel.Write(folder, TinyModel.Config("llama", ("hidden_size", "32"), ("intermediate_size", "32")), "BF16");
        using var stop = new CancellationTokenSource();
        var files = new CancellingModel(QuantizedModel.Of(ModelFiles.Open(folder.Path), DType.Q8_0), stop);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ModelBenchmark.LoadAsync(files, new BenchmarkSizes(), threads: 1, stop.Token));

        Assert.Throws<ObjectDisposedException>(() => files.Weights!.Find("model.norm.weight"));
    }

    /// <summary>A model the load of which is cancelled when a row of its first layer's queries is quantized.</summary>
    private sealed class CancellingModel(ModelFiles inner, CancellationTokenSource stop) : ModelFiles
    {
        public IWeightSource? Weights { get; private set; }

        public override string Path => inner.Path;

        public override string Format => inner.Format;

        public override DecoderSpec Spec => inner.Spec;

        public override bool HasTokenizer => inner.HasTokenizer;

        public override Tokenizer Tokenizer => inner.Tokenizer;

        public override string? ChatTemplateSource => inner.ChatTemplateSource;

        public override SpecialTokenTexts SpecialTokens => inner.SpecialTokens;

        public override GenerationDefaults Generation => inner.Generation;

        public override IWeightSource OpenWeights() => Weights = inner.OpenWeights();

        public override ShardWeights LoadShard(IWeightSource weights, LayerRange layers)
        {
            var shard = inner.LoadShard(weights, layers);
            var query = shard.Layers[0].Query;
            var cancelling = new Tensor(new CancellingRows(query.Maker!, stop), query.Type);
            return shard with { Layers = [shard.Layers[0] with { Query = cancelling }, .. shard.Layers.Skip(1)] };
        }
    }

    private sealed class CancellingRows(IRowMaker inner, CancellationTokenSource stop) : IRowMaker
    {
        public Tensor Source => inner.Source;

        public void Make(int row, Span<byte> destination)
        {
            stop.Cancel();
            inner.Make(row, destination);
        }

        public IRowMaker Slice(int index) => throw new NotSupportedException();
    }
}
