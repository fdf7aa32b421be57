using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Models;
using Exo.Engine.Weights;

namespace Exo.Engine.Cpu.Decoder;

/// <summary>One layer's weights as the kernels take them: matrices where they are mapped or repacked, vectors widened to floats.</summary>
internal sealed class CpuLayer : IDisposable
{
    public CpuLayer(DecoderSpec spec, LayerSpec layer, LayerWeights weights, MatrixLoader loader)
    {
        Spec = layer;
        var addOne = spec.NormAddsOne;
        AttentionNorm = new CpuVector(weights.AttentionNorm, addOne);
        Query = loader.Load(weights.Query);
        Key = loader.Load(weights.Key);
        Value = loader.Load(weights.Value);
        Output = loader.Load(weights.Output);
        QueryBias = CpuVector.Of(weights.QueryBias);
        KeyBias = CpuVector.Of(weights.KeyBias);
        ValueBias = CpuVector.Of(weights.ValueBias);
        OutputBias = CpuVector.Of(weights.OutputBias);
        QueryNorm = CpuVector.Of(weights.QueryNorm, addOne);
        KeyNorm = CpuVector.Of(weights.KeyNorm, addOne);
        PostAttentionNorm = CpuVector.Of(weights.PostAttentionNorm, addOne);
        FeedForwardNorm = new CpuVector(weights.FeedForwardNorm, addOne);
        PostFeedForwardNorm = CpuVector.Of(weights.PostFeedForwardNorm, addOne);
        Router = weights.Router is null ? null : loader.Load(weights.Router);
        FeedForward = [.. weights.FeedForward.Select(block => new CpuFeedForward(block, loader))];
    }

    public LayerSpec Spec { get; }

    public CpuVector AttentionNorm { get; }

    public CpuMatrix Query { get; }

    public CpuMatrix Key { get; }

    public CpuMatrix Value { get; }

    public CpuMatrix Output { get; }

    public CpuVector? QueryBias { get; }

    public CpuVector? KeyBias { get; }

    public CpuVector? ValueBias { get; }

    public CpuVector? OutputBias { get; }

    public CpuVector? QueryNorm { get; }

    public CpuVector? KeyNorm { get; }

    public CpuVector? PostAttentionNorm { get; }

    public CpuVector FeedForwardNorm { get; }

    public CpuVector? PostFeedForwardNorm { get; }

    public CpuMatrix? Router { get; }

    /// <summary>One block for a dense layer, one an expert otherwise.</summary>
    public IReadOnlyList<CpuFeedForward> FeedForward { get; }

    public void Dispose()
    {
        CpuMatrix?[] matrices = [Query, Key, Value, Output, Router];
        foreach (var matrix in matrices) matrix?.Dispose();
        CpuVector?[] vectors = [AttentionNorm, QueryBias, KeyBias, ValueBias, OutputBias, QueryNorm, KeyNorm, PostAttentionNorm, FeedForwardNorm, PostFeedForwardNorm];
        foreach (var vector in vectors) vector?.Dispose();
        foreach (var block in FeedForward) block.Dispose();
    }
}

/// <summary>One gated feed-forward block.</summary>
internal sealed class CpuFeedForward(FeedForwardWeights weights, MatrixLoader loader) : IDisposable
{
    public CpuMatrix Gate { get; } = loader.Load(weights.Gate);

    public CpuMatrix Up { get; } = loader.Load(weights.Up);

    public CpuMatrix Down { get; } = loader.Load(weights.Down);

    public CpuVector? GateBias { get; } = CpuVector.Of(weights.GateBias);

    public CpuVector? UpBias { get; } = CpuVector.Of(weights.UpBias);

    public CpuVector? DownBias { get; } = CpuVector.Of(weights.DownBias);

    public void Dispose()
    {
        Gate.Dispose();
        Up.Dispose();
        Down.Dispose();
        GateBias?.Dispose();
        UpBias?.Dispose();
        DownBias?.Dispose();
    }
}
