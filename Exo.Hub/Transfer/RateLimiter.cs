namespace Exo.Hub.Transfer;

/// <summary>Bytes per second for all connections together: each asks how long to wait after what it has read. Any thread.</summary>
internal sealed class RateLimiter(long? bytesPerSecond, TimeProvider time)
{
    /// <summary>How far bytes may run ahead of the rate.</summary>
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(50);

    /// <summary>Also without a limit: the system copies what one call reads in one go, and no timer of that core runs meanwhile.</summary>
    private const int LargestAtAll = 64 << 10;

    private readonly Lock _gate = new();
    private long _paidUntil = time.GetTimestamp();

    /// <summary>The most bytes to read at once so that the rate stays smooth.</summary>
    public int LargestRead { get; } = bytesPerSecond is { } rate ? (int)Math.Clamp(rate / 50, 1024, LargestAtAll) : LargestAtAll;

    /// <summary>Counts bytes just read and says how long to wait before reading on.</summary>
    public TimeSpan Take(int byteCount)
    {
        if (bytesPerSecond is not { } rate) return TimeSpan.Zero;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var frequency = time.TimestampFrequency;
            _paidUntil = Math.Max(_paidUntil, now - (long)(Burst.TotalSeconds * frequency)) + (long)((double)byteCount / rate * frequency);
            return _paidUntil <= now ? TimeSpan.Zero : TimeSpan.FromSeconds((double)(_paidUntil - now) / frequency);
        }
    }
}
