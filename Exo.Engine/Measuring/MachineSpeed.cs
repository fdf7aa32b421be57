namespace Exo.Engine.Measuring;

/// <summary>How fast this machine's processor is, as measured at a time.</summary>
public sealed record MachineSpeed
{
    /// <summary>The machine it was measured on.</summary>
    public required string Machine { get; init; }

    /// <summary>Threads that measured together.</summary>
    public required int Threads { get; init; }

    /// <summary>Bytes a second that they read from memory.</summary>
    public required double ReadBytesPerSecond { get; init; }

    /// <summary>F32 operations a second that they do in registers.</summary>
    public required double OperationsPerSecond { get; init; }

    public required DateTimeOffset MeasuredAt { get; init; }

    /// <summary>
    /// Measures now, on threads of its own: about a quarter of a second, in which the cores are busy. Other load lowers the figures, as it would lower
    /// an answer's speed.
    /// </summary>
    /// <param name="threads">Threads that a model would compute with.</param>
    /// <param name="time">Tells when.</param>
    public static Task<MachineSpeed> MeasureAsync(int threads, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        return Task.Factory.StartNew(() => Measure(threads, time), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static MachineSpeed Measure(int threads, TimeProvider time) => new()
    {
        Machine = Environment.MachineName,
        Threads = threads,
        OperationsPerSecond = PeakArithmetic.Measure(threads, passes: 2),
        ReadBytesPerSecond = MemoryBandwidth.Measure(threads, passes: 2),
        MeasuredAt = time.GetUtcNow(),
    };
}
