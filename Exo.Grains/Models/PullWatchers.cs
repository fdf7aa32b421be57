namespace Exo.Grains.Models;

/// <summary>
/// Who watches the pull of one model. It is given up when the last of them has left; a watcher that says nothing for <see cref="Lease"/>, because its silo was lost, counts
/// no more, and alone is no reason to give up. Used on one grain's scheduler.
/// </summary>
internal sealed class PullWatchers(TimeProvider time)
{
    /// <summary>Watchers ask again at least every <see cref="ModelGrain.WatchPatience"/>; a call of theirs may be lost on its way and made again.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);

    /// <summary>Others may watch a pull that was taken over from another activation: they are heard within a lease.</summary>
    private long? _takenOver = time.GetTimestamp();

    private bool _hasOneLeft;

    /// <summary>The last that was heard is that one left, and nobody else watches.</summary>
    public bool IsDeserted =>
        _hasOneLeft && (_takenOver is not { } since || time.GetElapsedTime(since) > Lease) && _seen.Values.All(last => time.GetElapsedTime(last) > Lease);

    /// <summary>A pull begins here: whoever watches will have been heard.</summary>
    public void Begin()
    {
        _seen.Clear();
        _takenOver = null;
        _hasOneLeft = false;
    }

    public void See(string watcher)
    {
        _seen[watcher] = time.GetTimestamp();
        _hasOneLeft = false;
    }

    public void Leave(string watcher)
    {
        _seen.Remove(watcher);
        _hasOneLeft = true;
    }
}
