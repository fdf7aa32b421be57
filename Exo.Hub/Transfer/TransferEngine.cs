using Microsoft.Win32.SafeHandles;

namespace Exo.Hub.Transfer;

/// <summary>
/// Moves ranges of remote files into sparse local ones. One per process: it holds the connections of all transfers together
/// under one limit and one rate. Works on threads of its own; the caller's thread and the thread pool only ever start and await.
/// </summary>
public sealed class TransferEngine : IDisposable
{
    private static readonly TimeSpan WatchEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan IdleWorkerLeaves = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly List<FileTransfer> _transfers = [];
    private readonly Dictionary<FileTransfer, List<TransferHold>> _holds = [];
    private readonly HashSet<FileTransfer> _settling = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConnectionTuner _tuner;
    private readonly ITimer _watch;
    private readonly ITimer _askAgain;
    private long _sequence;
    private long _receivedByEnded;
    private int _workers;
    private int _idle;
    private bool _flusherRuns;

    /// <param name="options">Limits, time-outs, back-off.</param>
    /// <param name="timeProvider">Time for back-off and stalls; the system's where left out.</param>
    public TransferEngine(HubOptions options, TimeProvider? timeProvider = null)
    {
        Options = options.Checked();
        _time = timeProvider ?? TimeProvider.System;
        _tuner = new ConnectionTuner(options.StartConnections, options.MaxConnections, options.Headroom, _time);
        Blocks = new BlockPool((int)(options.HashWindowByteCount / Block.Capacity));
        Limiter = new RateLimiter(options.MaxBytesPerSecond, _time);
        _watch = _time.CreateTimer(_ => Watch(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _askAgain = _time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal HubOptions Options { get; }

    internal RateLimiter Limiter { get; }

    /// <summary>Memory for what is written and not hashed yet.</summary>
    internal BlockPool Blocks { get; }

    /// <summary>Has the disk take what was written to a file; tests have it refuse as full disks do.</summary>
    internal Action<SafeFileHandle> FlushToDisk { get; init; } = RandomAccess.FlushToDisk;

    /// <summary>What the machine's cores have done; tests have others.</summary>
    internal Func<CoreTimes?> Cores { get; init; } = CoreTimes.Now;

    /// <summary>Guards every transfer's bookkeeping; held for moments, a few times per range.</summary>
    internal object Gate { get; } = new();

    internal CancellationToken Stopping => _stopping.Token;

    /// <summary>Connections that may be at work now; changes as it learns the line.</summary>
    internal int AllowedConnections
    {
        get { lock (Gate) return _tuner.Allowed; }
    }

    /// <summary>Begins a transfer, or joins the one already running for the same <see cref="TransferRequest.PartialPath"/>.</summary>
    /// <exception cref="ArgumentException">No source is named, or sizes make no sense.</exception>
    public ITransfer Start(TransferRequest request, bool paused = false)
    {
        if (request.Sources.Count == 0) throw new ArgumentException($"The transfer of {request.Name} names no source.");
        if (request.FileByteCount < 0 || request.Wanted?.Any(range => range.Start < 0 || range.End > request.FileByteCount) is true)
        {
            throw new ArgumentException($"The transfer of {request.Name} wants bytes outside its {request.FileByteCount}.");
        }
        TransferHold hold;
        lock (Gate)
        {
            ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
            var transfer = _transfers.Find(running => running.Request.PartialPath == request.PartialPath && !running.IsOver
                && running.State is not TransferState.Finishing && running.Request.ETag == request.ETag && running.Request.Expected == request.Expected);
            if (transfer is null)
            {
                transfer = new FileTransfer(request, _sequence++, Options, _time);
                _transfers.Add(transfer);
                _holds[transfer] = [];
            }
            else
            {
                transfer.Widen(request.Wanted);
            }
            hold = new TransferHold(this, transfer, request.Priority, paused);
            _holds[transfer].Add(hold);
            Weigh(transfer);
            Activate();
            _watch.Change(WatchEvery, WatchEvery);
        }
        Wake();
        return hold;
    }

    /// <summary>Stops everything; landed ranges are kept. Returns when no thread writes any more and finished files would survive a power cut.</summary>
    public void Dispose()
    {
        List<Task> ends;
        lock (Gate)
        {
            if (_stopping.IsCancellationRequested) return;
            ends = [.. _holds.Values.SelectMany(holds => holds).Select(hold => hold.Completion)];
            foreach (var transfer in _transfers.ToArray()) Drop(transfer, new OperationCanceledException("The engine was disposed."));
            _stopping.Cancel();
            Monitor.PulseAll(Gate);
        }
        Task.WhenAll(ends).ContinueWith(static _ => { }, TaskScheduler.Default).Wait(TimeSpan.FromSeconds(10));
        lock (Gate)
        {
            while (_settling.Count > 0) Monitor.Wait(Gate, WatchEvery);
        }
        Blocks.Dispose();
        _watch.Dispose();
        _askAgain.Dispose();
    }

    internal TransferProgress Progress(FileTransfer transfer)
    {
        lock (Gate) return transfer.Progress();
    }

    internal RangeSet Landed(FileTransfer transfer)
    {
        lock (Gate) return transfer.Landed;
    }

    /// <summary>A hold's wishes changed: the transfer takes the highest priority, and pauses or ends when all holds want that.</summary>
    internal void Changed(TransferHold hold)
    {
        lock (Gate)
        {
            if (!_holds.TryGetValue(hold.Transfer, out var holds)) return;
            if (hold.IsCancelled && holds.Count > 1)
            {
                holds.Remove(hold);
                hold.End(new OperationCanceledException("The pull was cancelled."));
                hold.Settled();
            }
            else if (hold.IsCancelled)
            {
                Drop(hold.Transfer, new OperationCanceledException("The pull was cancelled."));
            }
            Weigh(hold.Transfer);
            Activate();
        }
        Wake();
    }

    /// <summary>The next claim for a connection; waits for one, and returns null when the connection should end.</summary>
    internal RangeClaim? NextClaim()
    {
        lock (Gate)
        {
            while (!_stopping.IsCancellationRequested && _workers <= _tuner.Allowed)
            {
                if (Take() is { } claim)
                {
                    WakeOne(); // There may be more for the next one.
                    return claim;
                }
                _idle++;
                var woken = Monitor.Wait(Gate, IdleWorkerLeaves);
                _idle--;
                if (!woken && Take() is { } late) return late;
                if (!woken) break;
            }
            _workers--;
            return null;
        }
    }

    internal void GiveBack(RangeClaim claim, SourceException? failure)
    {
        lock (Gate)
        {
            claim.Transfer.GiveBack(claim, failure);
            if (!claim.Source.Source.IsPeer)
            {
                if (failure is { AsksForLess: true }) _tuner.Refused();
                else if (failure is null) _tuner.Served();
            }

            Monitor.PulseAll(Gate); // A run may wait for its last connection.
            SetAskAgain();
        }
    }

    /// <summary>The next bytes that a claim of the whole file should keep; empty where there are none after its position.</summary>
    internal ByteRange NextMissing(RangeClaim claim)
    {
        lock (Gate) return claim.Transfer.FirstMissingFrom(claim.Position, Options.RangeByteCount);
    }

    internal void Land(RangeClaim claim, LandedRange record)
    {
        lock (Gate) claim.Transfer.Land(claim, record);
    }

    internal void Fail(FileTransfer transfer, Exception failure)
    {
        lock (Gate) transfer.Fail(failure);
    }

    /// <summary>Gets a connection going where there is something to fetch.</summary>
    internal void Wake()
    {
        lock (Gate) WakeOne();
    }

    /// <summary>
    /// A run is at its end: waits for its connections, closes what failed, tells everybody, and last makes a finished file survive a power cut. Verified
    /// is what everybody waits for; the disk may take as long again.
    /// </summary>
    internal void Ended(FileTransfer transfer, Exception? failure, PartialFile? file)
    {
        List<TransferHold> holds;
        lock (Gate)
        {
            if (failure is null) transfer.Done();
            else transfer.Fail(failure);
            while (transfer.Claims.Count > 0) Monitor.Wait(Gate, WatchEvery);
            failure = transfer.Failure;
        }
        if (transfer.State != TransferState.Done || transfer.Request.FinishedPath is null) file?.Dispose();
        lock (Gate)
        {
            _settling.Add(transfer);
            holds = Remove(transfer);
        }
        foreach (var hold in holds) hold.End(failure);
        Wake();
        try
        {
            if (transfer is { State: TransferState.Done, Request.FinishedPath: not null }) file?.Settle();
        }
        catch (Exception unsettled) when (DiskFailure.Is(unsettled))
        {
            file?.Dispose(); // The journal stays, and names what the disk has: the next pull fetches the rest.
        }
        lock (Gate)
        {
            _settling.Remove(transfer);
            Monitor.PulseAll(Gate);
        }
        foreach (var hold in holds) hold.Settled();
    }

    private List<TransferHold> Remove(FileTransfer transfer)
    {
        if (_transfers.Remove(transfer)) _receivedByEnded += transfer.BytesReceived;
        _holds.Remove(transfer, out var holds);
        Activate();
        if (_transfers.Count == 0)
        {
            Blocks.Trim();
            _watch.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        return holds ?? [];
    }

    /// <summary>Ends a transfer; one that never had its turn has no run that would tell.</summary>
    private void Drop(FileTransfer transfer, Exception reason)
    {
        transfer.Fail(reason);
        if (transfer.IsActive) return;
        foreach (var hold in Remove(transfer))
        {
            hold.End(reason);
            hold.Settled();
        }
    }

    private void Weigh(FileTransfer transfer)
    {
        if (!_holds.TryGetValue(transfer, out var holds) || holds.Count == 0) return;
        transfer.Priority = holds.Max(hold => hold.Priority);
        transfer.Pause(holds.TrueForAll(hold => hold.IsPaused));
    }

    /// <summary>Gives waiting transfers their turn, highest priority first, never two for one file.</summary>
    private void Activate()
    {
        foreach (var transfer in _transfers.Where(t => !t.IsActive && !t.IsPaused && !t.IsOver).OrderByDescending(t => t.Priority).ThenBy(t => t.Sequence).ToArray())
        {
            if (_transfers.Count(t => t.IsActive && !t.IsPaused) >= Options.MaxActiveFiles) return;
            if (_transfers.Any(t => t.IsActive && t.Request.PartialPath == transfer.Request.PartialPath)) continue;
            transfer.Activate();
            BackgroundThread.Start("exo file", new TransferRun(transfer, this).Run);
            if (_flusherRuns) continue;
            _flusherRuns = true;
            BackgroundThread.Start("exo flush", new DiskFlusher(OpenFiles, Fail, Stopping).Run, givesWay: true);
        }
    }

    private RangeClaim? Take()
    {
        var plenty = _transfers.Sum(transfer => transfer.BytesMissing) > 2L * _tuner.Allowed * Options.RangeByteCount;
        var order = _transfers.Where(transfer => transfer.IsActive).OrderByDescending(t => t.Priority).ThenBy(t => t.Claims.Count).ThenBy(t => t.Sequence).ToArray();
        foreach (var transfer in order)
        {
            if (transfer.Take(plenty, _tuner.Allowed) is { } claim) return claim;
        }
        foreach (var transfer in order)
        {
            if (transfer.TakeFromSlowest() is { } claim) return claim;
        }
        SetAskAgain();
        return null;
    }

    private void WakeOne()
    {
        if (_stopping.IsCancellationRequested || _transfers.Count == 0) return;
        if (_idle > 0) Monitor.PulseAll(Gate);
        else if (_workers < _tuner.Allowed && _transfers.Exists(transfer => transfer.IsActive && transfer.BytesMissing > 0))
        {
            _workers++;
            BackgroundThread.Start("exo fetch", new ConnectionWorker(this).Run);
        }
    }

    private void SetAskAgain()
    {
        if (_transfers.Min(transfer => transfer.AskAgainAt()) is not { } next) return;
        var wait = TimeSpan.FromSeconds((double)(next - _time.GetTimestamp()) / _time.TimestampFrequency);
        _askAgain.Change(wait > TimeSpan.Zero ? wait + TimeSpan.FromMilliseconds(1) : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    private void Watch()
    {
        var cores = Options.Headroom > 0 ? Cores() : null;
        lock (Gate)
        {
            foreach (var transfer in _transfers) transfer.Watch();
            if (Options.MaxBytesPerSecond is null) _tuner.Observe(_receivedByEnded + _transfers.Sum(transfer => transfer.BytesReceived), _transfers.Sum(transfer => transfer.Claims.Count), cores);
            WakeOne();
        }
    }

    /// <summary>The transfers whose files are being written; null when there is nothing left to do for the disk thread, which then ends.</summary>
    private FileTransfer[]? OpenFiles()
    {
        lock (Gate)
        {
            if (_transfers.Count > 0 && !_stopping.IsCancellationRequested)
            {
                return [.. _transfers.Where(transfer => transfer is { State: TransferState.Running, File: not null })];
            }
            _flusherRuns = false;
            return null;
        }
    }
}
