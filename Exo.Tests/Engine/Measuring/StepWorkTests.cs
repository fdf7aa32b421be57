using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Measuring;
using Exo.Engine.Models;
using Exo.Engine.Weights;
using Exo.Tests.Engine.Cpu;

namespace Exo.Tests.Engine.Measuring;

/// <summary>What a step must read and compute, counted by hand.</summary>
public sealed class StepWorkTests
{
    private const int Hidden = 48, Vocab = 101, Layers = 5, F16 = 2;

    /// <summary>Query, key, value and output of the random model: 4 heads over 2, size 16.</summary>
    private const int Attention = (64 * Hidden) + (2 * 32 * Hidden) + (Hidden * 64);

    [Fact]
    public void ByteCount_DenseModel_IsAllButTheEmbedding()
    {
        using var model = new RandomModel(RandomModel.MakeSpec(), DType.F16);

        var bytes = new StepWork(model.Spec, model.Weights, 0).ByteCount(1, 0);

        Assert.Equal(F16 * ((Layers * (Attention + (3 * 100 * Hidden))) + (Vocab * Hidden)), bytes);
        Assert.Equal(bytes, new StepWork(model.Spec, model.Weights, 0).ByteCount(8, 0));
    }

    /// <summary>Packed matrices have their own sizes: BF16 takes three quarters of the stored bytes and something, Q8_0 whole groups of sixteen rows.</summary>
    [Theory]
    [InlineData(DType.BF16)]
    [InlineData(DType.Q8_0)]
    public void ByteCount_PackedMatrices_AreReadInThatForm(DType type)
    {
        using var model = new RandomModel(RandomModel.MakeSpec(hidden: 64, intermediate: 96), type);
        using var threads = new ComputeThreads(1, "test");
        using var loader = new MatrixLoader(threads, InstructionSets.Best);
        var matrices = model.Weights.Layers.SelectMany(layer => layer.Tensors()).Where(tensor => tensor.Shape.Count > 1).Append(model.Weights.Head!);

        Assert.Equal(matrices.Sum(Loaded), new StepWork(model.Spec, model.Weights, 0).ByteCount(1, 0));

        long Loaded(Tensor tensor)
        {
            Assert.True(MatrixLoader.Packs(tensor));
            using var matrix = loader.Load(tensor);
            loader.Later.Finish();
            return matrix.ByteCount;
        }
    }

    [Fact]
    public void ByteCount_TiedHead_IsReadOnce()
    {
        using var model = new RandomModel(RandomModel.MakeSpec(gemma: true), DType.F16);

        Assert.Same(model.Weights.Embedding, model.Weights.Head);
        Assert.Equal(F16 * ((Layers * (Attention + (3 * 100 * Hidden))) + (Vocab * Hidden)), new StepWork(model.Spec, model.Weights, 0).ByteCount(1, 0));
    }

    [Fact]
    public void ByteCount_Experts_CountsThoseThatTokensPick()
    {
        using var model = new RandomModel(RandomModel.MakeSpec(experts: true), DType.F16);
        var work = new StepWork(model.Spec, model.Weights, 0);
        const int Expert = 3 * 24 * Hidden, Router = 6 * Hidden;

        Assert.Equal(F16 * ((Layers * (Attention + Router + (2 * Expert))) + (Vocab * Hidden)), work.ByteCount(1, 0), 1e-6);
        // Two tokens pick 2 of 6 each: 6 · (1 − (4/6)²) experts on average.
        Assert.Equal(F16 * ((Layers * (Attention + Router + (6 * (1 - (4.0 / 6 * 4 / 6)) * Expert))) + (Vocab * Hidden)), work.ByteCount(2, 0), 1e-6);
        Assert.Equal(2.0 * Layers * (Attention + Router + (2 * Expert)), work.Operations(0, 1, 0) - (4.0 * Layers * 64));
    }

    [Fact]
    public void ByteCount_Context_AddsKeysAndValuesAsFarAsTheWindowSees()
    {
        using var whole = new RandomModel(RandomModel.MakeSpec(), DType.F16);
        using var windowed = new RandomModel(RandomModel.MakeSpec(window: 10), DType.F16);
        double Cache(RandomModel model, int batch) => new StepWork(model.Spec, model.Weights, 100).ByteCount(batch, 40) - new StepWork(model.Spec, model.Weights, 100).ByteCount(batch, 0);

        Assert.Equal(40 * 100, Cache(whole, 1), 1e-6);
        Assert.Equal(4 * 40 * 100, Cache(whole, 4), 1e-6);
        // Three of the five layers see ten positions.
        Assert.Equal(100 * ((3 * 10) + (2 * 40)) / 5.0, Cache(windowed, 1), 1e-6);
    }

    [Fact]
    public void Operations_PromptInChunks_AreThoseOfTheWhole()
    {
        using var model = new RandomModel(RandomModel.MakeSpec(), DType.F16);
        var work = new StepWork(model.Spec, model.Weights, 0);

        Assert.Equal(work.Operations(0, 100, 1), work.Operations(0, 60, 0) + work.Operations(60, 40, 1), 1e-3);
        Assert.Equal(2.0 * Vocab * Hidden, work.Operations(0, 1, 1) - work.Operations(0, 1, 0));
    }
}
