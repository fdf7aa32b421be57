namespace Exo.Hub.Transfer;

/// <summary>How long a transfer goes on without a byte. Guarded by the engine's gate.</summary>
internal sealed class TransferPatience(HubOptions options, TimeProvider time)
{
    private long _lastByteAt = time.GetTimestamp();
    private long _graceUntil = long.MinValue;

    public bool IsOver => time.GetElapsedTime(_lastByteAt) > options.Patience && time.GetTimestamp() >= _graceUntil;

    /// <summary>Something came, or a wait begins that is nobody's fault.</summary>
    public void Restart() => RestartAt(time.GetTimestamp());

    /// <summary>Something came so long ago.</summary>
    public void Restart(TimeSpan ago) => RestartAt(time.GetTimestamp() - (long)(ago.TotalSeconds * time.TimestampFrequency));

    /// <summary>What a server asks for is granted beyond the patience, with time for one more try, but not again and again.</summary>
    public void Grant(long askAgainAt)
    {
        if (time.GetElapsedTime(_lastByteAt) <= options.Patience) _graceUntil = askAgainAt + (long)(options.StallTimeout.TotalSeconds * time.TimestampFrequency);
    }

    private void RestartAt(long timestamp) => _lastByteAt = Math.Max(_lastByteAt, timestamp);
}
