namespace Exo.Grains.Tests;

/// <summary>A clock that runs a hundred times as fast as ours.</summary>
internal sealed class FastTime : TimeProvider
{
    private const int Speed = 100;

    private readonly long _start = System.GetTimestamp();

    public override long TimestampFrequency => System.TimestampFrequency;

    public override long GetTimestamp() => (System.GetTimestamp() - _start) * Speed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => System.CreateTimer(callback, state, dueTime / Speed, period);
}
