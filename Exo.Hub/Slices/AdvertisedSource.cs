using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>
/// A peer that told what it holds. What it lacks is refused here without asking it; its word is taken anew now and then, because a peer that
/// is loading holds more by the minute.
/// </summary>
/// <param name="inner">Asks the peer.</param>
/// <param name="listing">What it told; null for a peer that tells nothing, which is asked for everything.</param>
/// <param name="listAnew">Asks it to tell again; null when it cannot be reached.</param>
internal sealed class AdvertisedSource(IRangeSource inner, RangeListing? listing, Func<CancellationToken, Task<RangeListing?>> listAnew) : IRangeSource
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private RangeSet? _held = listing?.Held();
    private long _heardAt = TimeProvider.System.GetTimestamp();

    public string Name => inner.Name;

    public bool IsPeer => inner.IsPeer;

    public bool IsMirror => inner.IsMirror;

    /// <summary>Null as soon as its word is old: then it is asked for whatever is missing, which makes it tell anew.</summary>
    public RangeSet? Advertised
    {
        get
        {
            lock (_gate) return TimeProvider.System.GetElapsedTime(_heardAt) < Fresh ? _held : null;
        }
    }

    public RangeAnswer Open(ByteRange? range, CancellationToken cancellationToken)
    {
        if (range is { } wanted && !Holds(wanted) && !HoldsByNow(wanted, cancellationToken))
            throw new SourceException(SourceFailure.RangeNotHere, $"{Name} does not have bytes {wanted} yet");
        return inner.Open(range, cancellationToken);
    }

    private bool Holds(ByteRange range)
    {
        lock (_gate) return _held is null || _held.Contains(range);
    }

    private bool HoldsByNow(ByteRange range, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (TimeProvider.System.GetElapsedTime(_heardAt) < Fresh) return false;
            _heardAt = TimeProvider.System.GetTimestamp();
        }
        // This is one of the engine's own threads: it may block.
        var now = listAnew(cancellationToken).GetAwaiter().GetResult()?.Held();
        lock (_gate)
        {
            _held = now ?? _held;
            return _held is null || _held.Contains(range);
        }
    }
}
