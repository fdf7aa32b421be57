using Exo.Hub.Protocol;
using Exo.Hub.Pulls;
using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>A slice that is being fetched.</summary>
public sealed class SlicePull : IRunningPull
{
    private readonly LayerSlicer _slicer;
    private readonly IReadOnlyList<Peer> _peers;
    private readonly CancellationTokenSource _cancel = new();
    private readonly Lock _gate = new();
    private readonly List<ITransfer> _transfers = [];
    private readonly SpeedMeter _speed;
    private int _priority;
    private bool _isPaused;
    private PullPhase _phase = PullPhase.Waiting;
    private SliceProgress? _last;

    internal SlicePull(LayerSlicer slicer, SlicePlan plan, IReadOnlyList<Peer> peers, int priority)
    {
        (_slicer, Plan, _peers, _priority, _speed) = (slicer, plan, peers, priority, new SpeedMeter(slicer.Time));
        Completion = Task.Run(RunAsync);
    }

    /// <summary>What it carries out.</summary>
    public SlicePlan Plan { get; }

    /// <summary>Ends when every byte of the slice is on disk, or with a <see cref="HubException"/> or <see cref="OperationCanceledException"/>.</summary>
    public Task<StoredSlice> Completion { get; }

    /// <summary>The counters now. Cheap; any thread. Bytes done never go backwards.</summary>
    public SliceProgress Progress
    {
        get
        {
            lock (_gate) return _last = Count();
        }
    }

    /// <inheritdoc/>
    public int Priority
    {
        get => _priority;
        set => ForEach(transfer => transfer.Priority = value, () => _priority = value);
    }

    /// <inheritdoc/>
    public void Pause() => ForEach(transfer => transfer.Pause(), () => _isPaused = true);

    /// <inheritdoc/>
    public void Resume() => ForEach(transfer => transfer.Resume(), () => _isPaused = false);

    /// <inheritdoc/>
    public void Cancel()
    {
        _cancel.Cancel();
        ForEach(transfer => transfer.Cancel(), () => { });
    }

    private async Task<StoredSlice> RunAsync()
    {
        var folder = _slicer.Store.FolderOf(Plan.Map);
        var turn = _slicer.Turn(folder);
        try
        {
            await turn.WaitAsync(_cancel.Token).ConfigureAwait(false);
            try
            {
                var stored = await new SliceFetch(_slicer, Plan, _peers, folder, Begin).RunAsync(_cancel.Token).ConfigureAwait(false);
                _phase = PullPhase.Done;
                return stored;
            }
            finally
            {
                turn.Release();
            }
        }
        catch (Exception failure)
        {
            _phase = failure is OperationCanceledException ? PullPhase.Cancelled : PullPhase.Failed;
            if (DiskFailure.Is(failure)) throw DiskFailure.Of(failure, folder);
            throw;
        }
    }

    /// <summary>Starts transfers together and awaits all of them; the first failure ends the others.</summary>
    private async Task Begin(IReadOnlyList<TransferRequest> requests)
    {
        var started = new List<ITransfer>();
        lock (_gate)
        {
            foreach (var request in requests)
            {
                var transfer = _slicer.Engine.Start(request with { Priority = _priority }, _isPaused);
                if (_cancel.IsCancellationRequested) transfer.Cancel();
                started.Add(transfer);
            }
            _transfers.AddRange(started);
            _phase = PullPhase.Fetching;
        }
        var left = started.ToDictionary(transfer => transfer.Completion);
        Exception? failure = null;
        while (left.Count > 0)
        {
            var ended = await Task.WhenAny(left.Keys).ConfigureAwait(false);
            left.Remove(ended);
            if (ended.IsCompletedSuccessfully) continue;
            failure ??= ended.Exception?.InnerException ?? new OperationCanceledException("The slice's fetch was cancelled.");
            foreach (var other in left.Values) other.Cancel();
        }
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        _phase = PullPhase.Finishing;
    }

    private SliceProgress Count()
    {
        var wanted = Plan.WantedByteCount + Plan.SmallByteCount;
        var now = _transfers.Select(transfer => transfer.Progress).ToList();
        var received = now.Sum(transfer => transfer.BytesReceived);
        var done = _phase == PullPhase.Done ? wanted : Math.Min(wanted, now.Sum(transfer => transfer.BytesDone));
        return new SliceProgress
        {
            Phase = _phase == PullPhase.Fetching && _isPaused ? PullPhase.Paused : _phase,
            BytesWanted = wanted,
            BytesDone = Math.Max(done, _last?.BytesDone ?? 0),
            BytesResumed = now.Sum(transfer => transfer.BytesResumed),
            BytesFromPeers = now.Sum(transfer => transfer.BytesFromPeers),
            BytesReceived = received,
            BytesPerSecond = _speed.Sample(received),
            Connections = now.Sum(transfer => transfer.Connections),
            Trouble = now.FirstOrDefault(transfer => transfer.Trouble is not null)?.Trouble,
        };
    }

    private void ForEach(Action<ITransfer> act, Action remember)
    {
        lock (_gate)
        {
            remember();
            foreach (var transfer in _transfers) act(transfer);
        }
    }
}
