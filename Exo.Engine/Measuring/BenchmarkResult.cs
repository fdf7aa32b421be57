namespace Exo.Engine.Measuring;

/// <summary>One figure of <c>exo bench</c>: the median over the repetitions, beside the machine's limits of the same minute.</summary>
public sealed record BenchmarkResult
{
    /// <summary>"prefill" or "decode".</summary>
    public required string Kind { get; init; }

    /// <summary>Prompt tokens of a prefill, else 0.</summary>
    public int Prompt { get; init; }

    /// <summary>Tokens in the cache when the decoding begins, else 0.</summary>
    public int Context { get; init; }

    /// <summary>Sequences side by side.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>All sequences together.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Bytes that had to be read per second, weights, keys and values, over the measured read bandwidth: what bounds decoding.</summary>
    public double ShareOfBandwidth { get; init; }

    /// <summary>Operations of products and attention per second over the measured peak of F32 arithmetic: what bounds prefill.</summary>
    public double ShareOfPeak { get; init; }
}
