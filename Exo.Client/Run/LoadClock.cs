namespace Exo.Client.Run;

/// <summary>How long a load takes from now on, without what of it is fetching.</summary>
internal sealed class LoadClock(TimeProvider time)
{
    private long _since = time.GetTimestamp();
    private bool _isFetching;

    /// <summary>So far.</summary>
    public TimeSpan LoadTime { get; private set; }

    /// <summary>What is being done from now on.</summary>
    public void Tell(bool isFetching)
    {
        var now = time.GetTimestamp();
        if (!_isFetching) LoadTime += time.GetElapsedTime(_since, now);
        (_since, _isFetching) = (now, isFetching);
    }
}
