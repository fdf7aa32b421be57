namespace Exo.Hub.Transfer;

/// <summary>
/// One file on its way: which ranges are missing, claimed, landed, and how its sources behave. Pure bookkeeping: connections claim ranges and
/// give them back, the <see cref="TransferRun"/> checks and hashes. Everything here is guarded by the engine's gate, but for the counters.
/// </summary>
internal sealed class FileTransfer
{
    /// <summary>Below this a range is not cut further, in bytes: a request costs more than it saves.</summary>
    public const int SmallestRange = 2 << 20;

    /// <summary>How long a connection is left alone before others take a part of its range: it shows its speed first.</summary>
    private static readonly TimeSpan TakeOverAfter = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait that a server may ask for before the transfer fails.</summary>
    private static readonly TimeSpan LongestAskedWait = TimeSpan.FromMinutes(15);

    private readonly HubOptions _options;
    private readonly TimeProvider _time;
    private readonly SourceState[] _sources;
    private readonly RangeSet _wanted;
    private readonly RangeSet _missing = new();
    private readonly RangeSet _landed = new();
    private readonly LandedRanges _records = new();
    private readonly List<LandedRange> _unchecked = [];
    private readonly List<RangeClaim> _claims = [];
    private IReadOnlyDictionary<long, LandedRange> _earlier = new Dictionary<long, LandedRange>();
    private long _patienceFrom;
    private long _graceUntil = long.MinValue;
    private long _highWater;
    private long _resumed;
    private long _received;
    private long _fromPeers;
    private int _originChanges;
    private HubError _lastError = HubError.ServerFailing;
    private SourceState? _changed;

    public FileTransfer(TransferRequest request, long sequence, HubOptions options, TimeProvider time)
    {
        (Request, Sequence, _options, _time) = (request, sequence, options, time);
        _sources = [.. request.Sources.Select(source => new SourceState(source))];
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

    public string? Trouble { get; private set; }

    public PartialFile? File { get; private set; }

    public int Priority { get; set; }

    public bool IsPaused { get; private set; }

    public IReadOnlyList<RangeClaim> Claims => _claims;

    public long BytesWanted => _wanted.ByteCount;

    public long BytesMissing => _missing.ByteCount;

    public RangeSet Landed => _landed.Clone();

    public IReadOnlyList<LandedRange> Records => [.. _records.All];

    /// <summary>Ranges whose bytes differed when they were fetched again after a hash mismatch.</summary>
    public List<ByteRange> Differing { get; } = [];

    public bool IsOver => Failure is not null || State == TransferState.Done;

    public bool IsActive { get; private set; }

    public void Activate() => IsActive = true;

    /// <summary>The file is open: what the journal knows is to be checked, the rest is missing.</summary>
    public void Opened(PartialFile file)
    {
        File = file;
        State = TransferState.Running;
        _patienceFrom = _time.GetTimestamp();
        foreach (var range in _wanted) _missing.Add(range);
        foreach (var record in file.Known)
        {
            _records.Add(record);
            if (_wanted.Any(range => !range.Intersect(record.Range).IsEmpty)) _unchecked.Add(record);
            _missing.Remove(record.Range);
        }
    }

    /// <summary>The next range for a connection, or null where none can be had now.</summary>
    /// <param name="whole">Whether ranges need not shrink towards the end, because other files have enough left.</param>
    public RangeClaim? Take(bool whole)
    {
        if (!CanClaim || _claims.Count >= _options.MaxConnectionsPerFile || _missing.IsEmpty) return null;
        var now = _time.GetTimestamp();
        foreach (var source in _sources)
        {
            if (source.IsDead || source.NotBefore > now) continue;
            if (source.IsWholeOnly)
            {
                if (_claims.Count > 0 || _sources.Any(other => !other.IsDead && !other.IsWholeOnly)) continue;
                return Claim(source, new ByteRange(0, Request.FileByteCount), isWhole: true);
            }
            var first = source.FirstOf(_missing, now);
            if (first.IsEmpty) continue;
            return Claim(source, new ByteRange(first.Start, Math.Min(first.Length, NextLength(first.Start, whole))), isWhole: false);
        }
        return null;
    }

    /// <summary>Takes a part of the slowest connection's range for an idle one, so that the last percent does not crawl.</summary>
    public RangeClaim? TakeFromSlowest()
    {
        if (!CanClaim || _claims.Count >= _options.MaxConnectionsPerFile) return null;
        var slowest = _claims.Where(claim => !claim.IsWhole && !claim.IsAborted && _time.GetElapsedTime(claim.ClaimedAt) > TakeOverAfter && SecondsLeft(claim) > 1).MaxBy(SecondsLeft);
        if (slowest is null || slowest.Source.NotBefore > _time.GetTimestamp()) return null;
        var taken = slowest.Split(Math.Min(SmallestRange, _options.RangeByteCount / 2));
        return taken.IsEmpty ? null : Claim(slowest.Source, taken, isWhole: false);
    }

    /// <summary>The first run of missing bytes at or after <paramref name="position"/>, at most <paramref name="longest"/> of it.</summary>
    public ByteRange FirstMissingFrom(long position, int longest)
    {
        if (!CanClaim) return default;
        var landedOrClaimed = ByteRange.FromTo(position, Request.FileByteCount);
        foreach (var run in _missing)
        {
            var part = run.Intersect(landedOrClaimed);
            if (!part.IsEmpty) return new ByteRange(part.Start, Math.Min(part.Length, longest));
        }
        return default;
    }

    /// <summary>Counts bytes as they come. Not guarded; any thread.</summary>
    public void Count(int byteCount, bool fromPeer)
    {
        Interlocked.Add(ref _received, byteCount);
        if (fromPeer) Interlocked.Add(ref _fromPeers, byteCount);
    }

    /// <summary>A range is on disk and in the journal.</summary>
    public void Land(LandedRange record)
    {
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
        if (!claim.IsWhole) _missing.Add(ByteRange.FromTo(claim.Position, claim.End));
        var brought = claim.Position - claim.Start;
        if (failure is null)
        {
            if (!claim.IsAborted) claim.Source.Succeeded();
            Trouble = null;
        }
        if (brought > 0 || failure is null) Restart(_time.GetTimestamp());
        if (failure is not null && !IsOver) Blame(claim, failure, hadBytes: brought >= 64 << 10);
        News.Set();
    }

    /// <summary>Whether the source was found to hold other bytes: <see cref="TransferRun"/> forgets them once no connection is at work.</summary>
    public SourceState? TakeChanged()
    {
        if (_changed is null || _claims.Count > 0) return null;
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
            _records.RemoveOverlapping(record.Range);
            foreach (var wanted in _wanted) _missing.Add(wanted.Intersect(record.Range));
        }
    }

    /// <summary>Ranges that are not to be trusted become missing. No connection is at work.</summary>
    /// <param name="records">What to forget.</param>
    /// <param name="compare">Whether to fetch the same ranges again and note which ones differ.</param>
    public void Forget(IReadOnlyList<LandedRange> records, bool compare)
    {
        _earlier = compare ? records.ToDictionary(record => record.Range.Start) : new Dictionary<long, LandedRange>();
        foreach (var record in records)
        {
            _unchecked.Remove(record);
            _records.RemoveOverlapping(record.Range);
            _landed.Remove(record.Range);
            foreach (var wanted in _wanted) _missing.Add(wanted.Intersect(record.Range));
        }
        Restart(_time.GetTimestamp());
    }

    /// <summary>Peers gave bytes that are wrong, or nobody knows who did: only the origin is asked from here on.</summary>
    public void DistrustPeers()
    {
        foreach (var source in _sources.Where(source => source.Source.IsPeer)) source.IsDead = true;
    }

    /// <summary>More ranges are wanted.</summary>
    public void Widen(IReadOnlyList<ByteRange>? wanted)
    {
        foreach (var range in wanted ?? [new ByteRange(0, Request.FileByteCount)])
        {
            foreach (var added in _wanted.MissingIn(range).ToArray())
            {
                _wanted.Add(added);
                if (File is null) continue;
                _missing.Add(added);
                foreach (var held in _records.All) _missing.Remove(held.Range);
                foreach (var claim in _claims) _missing.Remove(ByteRange.FromTo(claim.Start, claim.End));
            }
        }
        News.Set();
    }

    public void Pause(bool paused)
    {
        if (IsPaused == paused) return;
        IsPaused = paused;
        Restart(_time.GetTimestamp());
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
        }
        if (!CanClaim || _missing.IsEmpty && _claims.Count == 0) return;
        foreach (var claim in _claims)
        {
            if (claim.Position > claim.Start) Restart(_time.GetTimestamp() - (long)(claim.Silence.TotalSeconds * _time.TimestampFrequency));
        }
        if (_time.GetElapsedTime(_patienceFrom) <= _options.Patience || _time.GetTimestamp() < _graceUntil) return;
        Fail(new HubException(_lastError, $"{Request.Name} got no byte for {_options.Patience.TotalMinutes:0.#} minutes: {Trouble ?? "no source answers"}. "
            + "What has come is kept: check the network and pull again to go on."));
    }

    /// <summary>When a waiting source may be asked again; null where none waits.</summary>
    public long? AskAgainAt()
    {
        if (!CanClaim || _missing.IsEmpty) return null;
        var now = _time.GetTimestamp();
        return _sources.Where(source => !source.IsDead && source.NotBefore > now).Min(source => (long?)source.NotBefore);
    }

    public TransferProgress Progress()
    {
        var done = _landed.ByteCount + _claims.Where(claim => !claim.IsWhole).Sum(claim => claim.Position - claim.Start);
        _highWater = Math.Max(_highWater, Math.Min(done, BytesWanted));
        return new TransferProgress
        {
            State = State == TransferState.Running && IsPaused ? TransferState.Paused : State,
            BytesWanted = BytesWanted,
            BytesDone = State == TransferState.Done ? BytesWanted : _highWater,
            BytesResumed = _resumed,
            BytesFromPeers = Volatile.Read(ref _fromPeers),
            BytesReceived = Volatile.Read(ref _received),
            Connections = _claims.Count,
            Trouble = Trouble,
        };
    }

    private bool CanClaim => State == TransferState.Running && !IsPaused && Failure is null && _changed is null;

    private RangeClaim Claim(SourceState source, ByteRange range, bool isWhole)
    {
        var claim = new RangeClaim(this, source, range, isWhole, _time);
        _claims.Add(claim);
        if (!isWhole) _missing.Remove(range);
        return claim;
    }

    /// <summary>Ranges shrink towards the end so that all connections end together.</summary>
    private long NextLength(long start, bool whole)
    {
        if (_earlier.TryGetValue(start, out var earlier)) return earlier.Range.Length; // The same cut again, to compare.
        if (whole) return _options.RangeByteCount;
        var share = _missing.ByteCount / Math.Min(_options.MaxConnections, _options.MaxConnectionsPerFile);
        return Math.Clamp(share & ~0xFFFFL, Math.Min(SmallestRange, _options.RangeByteCount), _options.RangeByteCount);
    }

    private double SecondsLeft(RangeClaim claim)
    {
        var seconds = Math.Max(_time.GetElapsedTime(claim.ClaimedAt).TotalSeconds, 0.001);
        return (claim.End - claim.Position) / Math.Max((claim.Position - claim.Start) / seconds, 1);
    }

    private void Blame(RangeClaim claim, SourceException failure, bool hadBytes)
    {
        var source = claim.Source;
        (Trouble, _lastError) = (failure.Message, failure.Error);
        switch (failure.Failure)
        {
            case SourceFailure.RangeNotHere:
                source.Lacks(ByteRange.FromTo(claim.Position, claim.End), _time.GetTimestamp(), _time);
                break;
            case SourceFailure.RangesIgnored:
                source.IsWholeOnly = true;
                break;
            case SourceFailure.ContentChanged when source.Source.IsPeer || ++_originChanges <= 1:
                source.IsDead = source.Source.IsPeer;
                _changed = source;
                AbortAll();
                break;
            case SourceFailure.ContentChanged:
                GiveUp(source, new HubException(HubError.ContentChanged, $"{failure.Message}. Nothing of it was kept as whole; pull again, and if it happens again do not trust {source.Source.Name}.", failure));
                break;
            case SourceFailure.Fatal:
                GiveUp(source, failure.InnerException as HubException ?? new HubException(failure.Error, failure.Message, failure));
                break;
            default:
                source.Failed(failure, claim.ClaimedAt, hadBytes, _options, _time);
                // What a server asks for is granted beyond the patience, but not again and again.
                if (failure.RetryAfter is not null && _time.GetElapsedTime(_patienceFrom) <= _options.Patience) _graceUntil = source.NotBefore + (long)(_options.StallTimeout.TotalSeconds * _time.TimestampFrequency);
                if (source.IsNonsense || failure.RetryAfter > LongestAskedWait)
                {
                    GiveUp(source, new HubException(failure.Error, $"{Request.Name} cannot be had: {failure.Message}. What has come is kept; "
                        + (failure.RetryAfter is { } wait ? $"wait {wait.TotalMinutes:0} minutes and pull again." : "check the proxy and HF_ENDPOINT, then pull again."), failure));
                }
                break;
        }
    }

    /// <summary>A peer is left aside; without the origin the transfer fails.</summary>
    private void GiveUp(SourceState source, HubException failure)
    {
        source.IsDead = true;
        if (_sources.All(other => other.IsDead || other.Source.IsPeer) && (!source.Source.IsPeer || _sources.All(other => other.IsDead))) Fail(failure);
    }

    private void Restart(long patienceFrom) => _patienceFrom = Math.Max(_patienceFrom, patienceFrom);

    private void AbortAll()
    {
        foreach (var claim in _claims) claim.Abort();
    }
}

/// <summary>What the run does next.</summary>
internal enum RunAction
{
    /// <summary>Nothing until there is news.</summary>
    Wait,
    /// <summary>Check an earlier run's range against the disk.</summary>
    Check,
    /// <summary>Hash landed bytes at the front.</summary>
    Hash,
    /// <summary>Forget what a changed source gave.</summary>
    Forget,
    /// <summary>Everything wanted has landed.</summary>
    Finish,
    /// <summary>It failed or was cancelled.</summary>
    End,
}

/// <summary>One step of a run, and the bytes it is about.</summary>
internal readonly record struct RunStep(RunAction Action, ByteRange Range = default, LandedRange? Record = null);
