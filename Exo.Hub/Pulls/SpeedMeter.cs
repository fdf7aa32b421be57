namespace Exo.Hub.Pulls;

/// <summary>Bytes per second, smoothed: half of what it says is younger than two seconds. Not safe for use by several threads at once.</summary>
internal sealed class SpeedMeter(TimeProvider time)
{
    private static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(2);

    private long _at = time.GetTimestamp();
    private long _bytes;
    private double _speed;
    private double _weight;

    /// <summary>The speed after <paramref name="bytes"/> have come in all.</summary>
    public double Sample(long bytes)
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_at, now).TotalSeconds;
        if (seconds < 0.05) return Value;
        var keep = Math.Pow(0.5, seconds / HalfLife.TotalSeconds);
        _speed = _speed * keep + Math.Max(0, bytes - _bytes) / seconds * (1 - keep);
        _weight = _weight * keep + (1 - keep); // The first samples count in full: no slow start from zero.
        (_at, _bytes) = (now, bytes);
        return Value;
    }

    private double Value => _weight > 0 ? _speed / _weight : 0;
}
