namespace Exo.Hub.Transfer;

/// <summary>
/// One file on its way: which ranges are missing, claimed, landed. Pure bookkeeping: connections claim ranges and give them back, the
/// <see cref="TransferRun"/> checks and hashes. Everything here is guarded by the engine's gate, but for the counters.
/// </summary>
internal sealed class FileTransfer
{
    /// <summary>Below this a range is not cut further, in bytes: a request costs more than it saves.</summary>
    public const int SmallestRange = 2 << 20;

    /// <summary>What a slow connection may still need for its range without being helped, in seconds.</summary>
    private const double TakeOverWorth = 2;

    /// <summary>How long a connection is left alone before others take a part of its range: it shows its speed first.</summary>
    private static readonly TimeSpan TakeOverAfter = TimeSpan.FromSeconds(2);

    private static readonly Dictionary<long, LandedRange> Nothing = [];

    private readonly HubOptions _options;
    private readonly TimeProvider _time;
    private readonly SourceBook _sources;
    private readonly TransferPatience _patience;
    private readonly RangeSet _wanted;
    private readonly RangeSet _missing = new();
    private readonly RangeSet _landed = new();
    private readonly LandedRanges _records = new();
    private readonly List<LandedRange> _unchecked = [];
    private readonly List<RangeClaim> _claims = [];
    private Dictionary<long, LandedRange> _earlier = Nothing;
    private SourceState? _changed;
    private IReadOnlyList<string> _wrongPeers = [];
    private long _highWater;
    private long _resumed;
    private long _received;
    private long _fromPeers;

    public FileTransfer(TransferRequest request, long sequence, HubOptions options, TimeProvider time)
    {
        (Request, Sequence, _options, _time) = (request, sequence, options, time);
        _sources = new SourceBook(request, options, time);
        _patience = new TransferPatience(options, time);
        _wanted = new RangeSet(request.Wanted ?? [new ByteRange(0, request.FileByteCount)]);
        Priority = request.Priority;
    }

    public TransferRequest Request { get; }

    public long Sequence { get; }

    /// <summary>Signals the run that something landed, failed or ended. Not guarded.</summary>
    public AutoResetEvent News { get; } = new(false);

    public TransferState State { get; private set; } = TransferState.Waiting;

    /// <summary>Why it failed or was cancelled; null while it runs.</summary>
    public Exception? Failure { get; private set; }

    public PartialFile? File { get; private set; }

    public int Priority { get; set; }

    public bool IsPaused { get; private set; }

    /// <summary>Whether it has had its turn: a run is at work on it.</summary>
    public bool IsActive { get; private set; }

    public bool IsOver => Failure is not null || State == TransferState.Done;

    public IReadOnlyList<RangeClaim> Claims => _claims;

    /// <summary>Bytes received so far, repeated ones included. Not guarded.</summary>
    public long BytesReceived => Volatile.Read(ref _received);

    public long BytesMissing => _missing.ByteCount;

    public RangeSet Landed => _landed.Clone();

    public IReadOnlyList<LandedRange> Records => [.. _records.All];

    /// <summary>Ranges whose bytes differed when they were fetched again after a hash mismatch.</summary>
    public List<ByteRange> Differing { get; } = [];

    /// <summary>Whether ranges are being fetched again to compare: then each lands in one piece, cut as it was.</summary>
    public bool IsComparing => _earlier.Count > 0;

    private bool CanClaim => State == TransferState.Running && !IsPaused && Failure is null && _changed is null;

    public void Activate() => IsActive = true;

    /// <summary>The file is open: what the journal knows is to be checked, the rest is missing.</summary>
    public void Opened(PartialFile file)
    {
        File = file;
        State = TransferState.Running;
        _patience.Restart();
        foreach (var range in _wanted) _missing.Add(range);
        foreach (var record in file.Known)
        {
            _records.Add(record);
            if (_wanted.Any(range => !range.Intersect(record.Range).IsEmpty)) _unchecked.Add(record);
            _missing.Remove(record.Range);
        }
    }

    /// <summary>The next range for a connection, or null where none can be had now.</summary>
    /// <param name="hasPlenty">Whether ranges need not shrink towards the end, because other files have enough left.</param>
    /// <param name="connections">Connections that may be at work; they share what is left.</param>
    public RangeClaim? Take(bool hasPlenty, int connections)
    {
        if (!CanClaim || _claims.Count >= _options.MaxConnectionsPerFile || _missing.IsEmpty) return null;
        if (_sources.Choose(_missing, isIdle: _claims.Count == 0) is not var (source, run)) return null;
        if (source.IsWholeOnly) return Claim(source, run, isWhole: true);
        return Claim(source, new ByteRange(run.Start, Math.Min(run.Length, NextLength(run.Start, hasPlenty, connections))), isWhole: false);
    }

    /// <summary>Takes a part of the slowest connection's range for an idle one, so that the last percent does not crawl.</summary>
    public RangeClaim? TakeFromSlowest()
    {
        if (!CanClaim || IsComparing || _claims.Count >= _options.MaxConnectionsPerFile) return null;
        var slowest = _claims.Where(claim => !claim.IsWhole && !claim.IsAborted && _time.GetElapsedTime(claim.ClaimedAt) > TakeOverAfter && SecondsLeft(claim) > TakeOverWorth).MaxBy(SecondsLeft);
        if (slowest is null || slowest.Source.NotBefore > _time.GetTimestamp()) return null;
        var taken = slowest.Split(Math.Min(SmallestRange, _options.RangeByteCount / 2));
        return taken.IsEmpty ? null : Claim(slowest.Source, taken, isWhole: false);
    }

    /// <summary>The first run of missing bytes at or after <paramref name="position"/>, at most <paramref name="longest"/> of it.</summary>
    public ByteRange FirstMissingFrom(long position, int longest)
    {
        if (!CanClaim) return default;
        var rest = ByteRange.FromTo(position, Request.FileByteCount);
        var first = _missing.Select(run => run.Intersect(rest)).FirstOrDefault(part => !part.IsEmpty);
        return new ByteRange(first.Start, Math.Min(first.Length, longest));
    }

    /// <summary>Counts bytes as they come. Not guarded; any thread.</summary>
    public void Count(int byteCount, bool fromPeer)
    {
        Interlocked.Add(ref _received, byteCount);
        if (fromPeer) Interlocked.Add(ref _fromPeers, byteCount);
    }

    /// <summary>A part of a claim is on disk and in the journal.</summary>
    public void Land(RangeClaim claim, LandedRange record)
    {
        claim.LandedTo = record.Range.End;
        _landed.Add(record.Range);
        _missing.Remove(record.Range);
        _records.Add(record);
        if (_earlier.TryGetValue(record.Range.Start, out var earlier) && earlier.Range == record.Range && !earlier.Digest.AsSpan().SequenceEqual(record.Digest)) Differing.Add(record.Range);
        News.Set();
    }

    /// <summary>A connection is done with its claim: the rest is missing again, and a failure is held against the source.</summary>
    public void GiveBack(RangeClaim claim, SourceException? failure)
    {
        _claims.Remove(claim);
        if (!claim.IsWhole) _missing.Add(ByteRange.FromTo(Math.Max(claim.LandedTo, claim.Start), claim.End));
        var brought = claim.Position - claim.Start;
        if (brought > 0 || failure is null) _patience.Restart();
        if (failure is null)
        {
            if (!claim.IsAborted) claim.Source.Succeeded();
            if (_sources.AskAgainAt() is null) _sources.Trouble = null; // Others may still be asked to wait.
        }
        else if (!IsOver)
        {
            var end = _sources.Blame(claim, failure, hadBytes: brought >= 64 << 10, out var hasChanged);
            if (failure.RetryAfter is not null) _patience.Grant(claim.Source.NotBefore);
            if (hasChanged)
            {
                _changed = claim.Source;
                AbortAll();
            }
            if (end is not null) Fail(end);
        }
        News.Set();
    }

    /// <summary>The source that was found to hold other bytes; null until no connection is at work.</summary>
    public SourceState? TakeChanged()
    {
        if (_claims.Count > 0) return null;
        var changed = _changed;
        _changed = null;
        return changed;
    }

    /// <summary>The next thing for the run to do once everything before <paramref name="position"/> is hashed.</summary>
    public RunStep Next(long position)
    {
        if (Failure is not null) return new RunStep(RunAction.End);
        if (_changed is not null) return new RunStep(_claims.Count > 0 ? RunAction.Wait : RunAction.Forget);
        if (_unchecked.Count > 0 && _unchecked[0].Range.Start <= position) return new RunStep(RunAction.Check, _unchecked[0].Range, _unchecked[0]);
        if (Request.Expected is not null && _landed.RangeFrom(position) is { IsEmpty: false } front) return new RunStep(RunAction.Hash, front);
        if (_unchecked.Count > 0) return new RunStep(RunAction.Check, _unchecked[0].Range, _unchecked[0]);
        if (!_missing.IsEmpty || _claims.Count > 0) return new RunStep(RunAction.Wait);
        if (Request.Expected is null) State = TransferState.Finishing; // From here on nobody joins: more ranges would come too late.
        return new RunStep(RunAction.Finish);
    }

    /// <summary>An earlier run's range was checked: it has landed, or it is missing after all.</summary>
    public void Checked(LandedRange record, bool intact)
    {
        _unchecked.Remove(record);
        if (intact)
        {
            _landed.Add(record.Range);
            _resumed += record.Range.Length;
        }
        else
        {
            MissAgain(record);
        }
    }

    /// <summary>Ranges that are not to be trusted become missing. No connection is at work.</summary>
    /// <param name="records">What to forget.</param>
    /// <param name="compare">Whether to fetch the same ranges again and note which ones differ.</param>
    public void Forget(IReadOnlyList<LandedRange> records, bool compare)
    {
        _earlier = compare ? records.ToDictionary(record => record.Range.Start) : Nothing;
        Differing.Clear();
        foreach (var record in records)
        {
            _unchecked.Remove(record);
            MissAgain(record);
        }
        _patience.Restart();
    }

    /// <summary>The whole did not hash right while these peers had a part in it: only the origin is asked from here on.</summary>
    public void DistrustPeers(IEnumerable<string> givers)
    {
        _wrongPeers = [.. givers];
        _sources.DistrustPeers();
    }

    /// <summary>More ranges are wanted; null for the whole file.</summary>
    public void Widen(IReadOnlyList<ByteRange>? wanted)
    {
        foreach (var added in (wanted ?? [new ByteRange(0, Request.FileByteCount)]).SelectMany(_wanted.MissingIn).ToArray())
        {
            _wanted.Add(added);
            if (File is not null) _missing.Add(added);
        }
        foreach (var held in _records.All) _missing.Remove(held.Range);
        foreach (var claim in _claims) _missing.Remove(ByteRange.FromTo(claim.Start, claim.End));
        News.Set();
    }

    public void Pause(bool paused)
    {
        if (IsPaused == paused) return;
        IsPaused = paused;
        _patience.Restart();
        if (paused) AbortAll();
    }

    /// <summary>Ends it with an error or a cancellation; what has landed stays.</summary>
    public void Fail(Exception failure)
    {
        if (IsOver) return;
        Failure = failure;
        State = failure is OperationCanceledException ? TransferState.Cancelled : TransferState.Failed;
        AbortAll();
        News.Set();
    }

    public void Finishing() => State = TransferState.Finishing;

    public void Done() => State = TransferState.Done;

    /// <summary>Ends silent connections, and the transfer where it has been without a byte for too long.</summary>
    public void Watch()
    {
        foreach (var claim in _claims)
        {
            if (claim.Silence > _options.StallTimeout) claim.Abort(stalled: true);
            if (claim.Position > claim.Start) _patience.Restart(claim.Silence);
        }
        if (!CanClaim || (_missing.IsEmpty && _claims.Count == 0) || !_patience.IsOver) return;
        Fail(new HubException(_sources.LastError, $"{Request.Name} got no byte for {_options.Patience.TotalMinutes:0.#} minutes: {_sources.Trouble ?? "no source answers"}. "
            + (_wrongPeers.Count == 0 ? "What has come is kept: check the network and pull again to go on."
                : $"A mirror gave wrong bytes for it, which were dropped. {WrongBytes.MirrorRemedy(Request, _wrongPeers)}")));
    }

    /// <summary>When a waiting source may be asked again; null where none waits.</summary>
    public long? AskAgainAt() => CanClaim && !_missing.IsEmpty ? _sources.AskAgainAt() : null;

    public TransferProgress Progress()
    {
        var done = _landed.ByteCount + _claims.Where(claim => !claim.IsWhole).Sum(claim => claim.Position - Math.Max(claim.LandedTo, claim.Start));
        _highWater = Math.Max(_highWater, Math.Min(done, _wanted.ByteCount));
        return new TransferProgress
        {
            State = State == TransferState.Running && IsPaused ? TransferState.Paused : State,
            BytesWanted = _wanted.ByteCount,
            BytesDone = State == TransferState.Done ? _wanted.ByteCount : _highWater,
            BytesResumed = _resumed,
            BytesFromPeers = Volatile.Read(ref _fromPeers),
            BytesReceived = Volatile.Read(ref _received),
            Connections = _claims.Count,
            Trouble = _sources.Trouble,
        };
    }

    private RangeClaim Claim(SourceState source, ByteRange range, bool isWhole)
    {
        var claim = new RangeClaim(this, source, range, isWhole, _time);
        _claims.Add(claim);
        if (!isWhole) _missing.Remove(range);
        return claim;
    }

    /// <summary>Ranges shrink towards the end so that all connections end together.</summary>
    private long NextLength(long start, bool hasPlenty, int connections)
    {
        if (_earlier.TryGetValue(start, out var earlier)) return earlier.Range.Length; // The same cut again, to compare.
        if (hasPlenty) return _options.RangeByteCount;
        var share = _missing.ByteCount / Math.Min(connections, _options.MaxConnectionsPerFile);
        return Math.Clamp(share & ~0xFFFFL, Math.Min(SmallestRange, _options.RangeByteCount), _options.RangeByteCount);
    }

    private double SecondsLeft(RangeClaim claim)
    {
        var seconds = Math.Max(_time.GetElapsedTime(claim.ClaimedAt).TotalSeconds, 0.001);
        return (claim.End - claim.Position) / Math.Max((claim.Position - claim.Start) / seconds, 1);
    }

    private void MissAgain(LandedRange record)
    {
        _records.RemoveOverlapping(record.Range);
        _landed.Remove(record.Range);
        foreach (var wanted in _wanted) _missing.Add(wanted.Intersect(record.Range));
    }

    private void AbortAll()
    {
        foreach (var claim in _claims) claim.Abort();
    }
}
