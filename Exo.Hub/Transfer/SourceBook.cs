namespace Exo.Hub.Transfer;

/// <summary>A transfer's sources: which one to ask next, and what a failure means for them. Guarded by the engine's gate.</summary>
internal sealed class SourceBook(TransferRequest request, HubOptions options, TimeProvider time)
{
    /// <summary>The longest wait that a server may ask for before the transfer fails.</summary>
    private static readonly TimeSpan LongestAskedWait = TimeSpan.FromMinutes(15);

    private readonly SourceState[] _sources = [.. request.Sources.Select(source => new SourceState(source))];
    private int _originChanges;

    /// <summary>The last trouble, in words; null when all is well.</summary>
    public string? Trouble { get; set; }

    /// <summary>What kind of trouble that was.</summary>
    public HubError LastError { get; private set; } = HubError.ServerFailing;

    /// <summary>The first source, peers before the origin, that may have some of what is missing.</summary>
    /// <param name="missing">What is missing.</param>
    /// <param name="isIdle">Whether no connection is at work: a source that ignores ranges is only then read, from the start, alone.</param>
    /// <returns>The source and the first missing run it may have; the whole file for a source that ignores ranges.</returns>
    public (SourceState Source, ByteRange Run)? Choose(RangeSet missing, bool isIdle)
    {
        var now = time.GetTimestamp();
        foreach (var source in _sources)
        {
            if (source.IsDead || source.NotBefore > now) continue;
            if (source.IsWholeOnly)
            {
                if (isIdle && _sources.All(other => other.IsDead || other.IsWholeOnly)) return (source, new ByteRange(0, request.FileByteCount));
            }
            else if (source.FirstOf(missing, now) is { IsEmpty: false } run)
            {
                return (source, run);
            }
        }
        return null;
    }

    /// <summary>When a waiting source may be asked again; null where none waits.</summary>
    public long? AskAgainAt()
    {
        var now = time.GetTimestamp();
        return _sources.Where(source => !source.IsDead && source.NotBefore > now).Min(source => (long?)source.NotBefore);
    }

    /// <summary>Peers gave bytes that are wrong, or nobody knows who did: only the origin is asked from here on.</summary>
    public void DistrustPeers()
    {
        foreach (var source in _sources.Where(source => source.Source.IsPeer)) source.IsDead = true;
    }

    /// <summary>Holds a failure against its source.</summary>
    /// <param name="claim">The claim that failed.</param>
    /// <param name="failure">What happened.</param>
    /// <param name="hadBytes">Whether a good part came before.</param>
    /// <param name="hasChanged">Whether the source turned out to hold another file: what it gave is to be forgotten.</param>
    /// <returns>The transfer's failure where no source is left; null otherwise.</returns>
    public HubException? Blame(RangeClaim claim, SourceException failure, bool hadBytes, out bool hasChanged)
    {
        var end = Judge(claim, failure, hadBytes, out hasChanged);
        (Trouble, LastError) = (end is null ? Words(failure) : null, failure.Error); // What ends the transfer is told as its end, not as trouble too.
        return end;
    }

    private static string Words(SourceException failure) =>
        failure.RetryAfter is { TotalSeconds: >= 1 and var seconds } ? FormattableString.Invariant($"{failure.Message}: waiting {Math.Ceiling(seconds):0} s") : failure.Message;

    private HubException? Judge(RangeClaim claim, SourceException failure, bool hadBytes, out bool hasChanged)
    {
        var source = claim.Source;
        hasChanged = false;
        switch (failure.Failure)
        {
            case SourceFailure.RangeNotHere:
                source.Lacks(ByteRange.FromTo(claim.Position, claim.End), time.GetTimestamp(), time);
                return null;
            case SourceFailure.RangesIgnored:
                source.IsWholeOnly = true;
                return null;
            case SourceFailure.ContentChanged when source.Source.IsPeer || ++_originChanges <= 1:
                source.IsDead = source.Source.IsPeer;
                hasChanged = true;
                return null;
            case SourceFailure.ContentChanged:
                return GiveUp(source, new HubException(HubError.ContentChanged,
                    $"{failure.Message}. Nothing of it was kept as whole; pull again, and if it happens again do not trust {source.Source.Name}.", failure));
            case SourceFailure.Fatal:
                return GiveUp(source, failure.InnerException as HubException ?? new HubException(failure.Error, failure.Message, failure));
            default:
                source.Failed(failure, claim.ClaimedAt, hadBytes, options, time);
                if (!source.IsNonsense && !(failure.RetryAfter > LongestAskedWait)) return null;
                return GiveUp(source, new HubException(failure.Error, $"{request.Name} cannot be had: {failure.Message}. What has come is kept; "
                    + (failure.RetryAfter is { } asked ? $"wait {asked.TotalMinutes:0} minutes and pull again." : "check the proxy and HF_ENDPOINT, then pull again."), failure));
        }
    }

    /// <summary>A peer is left aside; without the origin the transfer fails.</summary>
    private HubException? GiveUp(SourceState source, HubException failure)
    {
        source.IsDead = true;
        var originIsGone = _sources.All(other => other.IsDead || other.Source.IsPeer);
        return originIsGone && (!source.Source.IsPeer || _sources.All(other => other.IsDead)) ? failure : null;
    }
}
