using Exo.Hub.Protocol;
using Exo.Hub.Store;
using Exo.Hub.Transfer;

namespace Exo.Hub.Pulls;

/// <summary>One file of a pull: waits for its turn and its lock, has the engine fetch it, and shows it in the snapshot.</summary>
internal sealed class FilePull(string model, PlannedFile planned, StoreLayout layout, string commit)
{
    private readonly Lock _gate = new();
    private ITransfer? _transfer;
    private bool _paused;
    private int _priority;
    private bool _isDone;
    private long _elsewhere;
    private TransferProgress? _last;

    public HubFile File => planned.File;

    /// <summary>Fetches and links; what is here already is only linked.</summary>
    public async Task RunAsync(Func<HubFile, IReadOnlyList<IRangeSource>> sources, TransferEngine engine, BlobFetches fetches, CancellationToken cancellationToken)
    {
        var blob = layout.Blob(File.Hash);
        if (Planner.IsWhole(layout, commit, File))
        {
            if (Planner.IsWholeBlob(layout, File)) SnapshotLinks.Link(layout, commit, File.Path, blob, isNew: false);
        }
        else
        {
            var fetch = await fetches.JoinAsync(layout.Lock(File.Hash), IsWholeElsewhere, cancellationToken).ConfigureAwait(false);
            lock (_gate) _elsewhere = 0; // It is ours now, or whole.
            var durable = Task.CompletedTask;
            try
            {
                // Who joined a fetch that had just ended may find the file taken off the disk since.
                var isFetched = fetch is null || (fetch.IsVerified && Planner.HasBlob(layout, File));
                if (!isFetched && !Planner.IsWhole(layout, commit, File)) durable = await FetchAsync(sources(File), engine, blob, cancellationToken).ConfigureAwait(false);
                if (fetch is not null) fetch.IsVerified = true;
                SnapshotLinks.Link(layout, commit, File.Path, blob, isNew: true);
            }
            finally
            {
                // The lock is kept until the disk has the bytes, so that others can tell "settling" from "left by a crash".
                if (durable.IsCompleted) fetch?.Dispose();
                else _ = durable.ContinueWith(static (_, fetch) => ((BlobFetch?)fetch)?.Dispose(), fetch, TaskScheduler.Default);
            }
        }
        lock (_gate) _isDone = true;
    }

    public void Pause(bool paused)
    {
        lock (_gate)
        {
            _paused = paused;
            if (paused) _transfer?.Pause();
            else _transfer?.Resume();
        }
    }

    public void Weigh(int priority)
    {
        lock (_gate)
        {
            _priority = priority;
            if (_transfer is not null) _transfer.Priority = priority;
        }
    }

    /// <summary>The counters now.</summary>
    public FileProgress Progress()
    {
        lock (_gate)
        {
            if (_transfer is not null) _last = _transfer.Progress;
            var total = File.ByteCount;
            if (planned.IsComplete) return new FileProgress(new FileSnapshot(File.Path, _isDone ? TransferState.Done : TransferState.Waiting, total, total, 0), total, 0, 0, null);
            if (_last is { } last && !_isDone)
            {
                var resumable = last.State == TransferState.Waiting || last.BytesResumed < planned.BytesHere && last.BytesReceived == 0 ? planned.BytesHere : 0;
                return new FileProgress(
                    new FileSnapshot(File.Path, last.State, total, Math.Max(last.BytesDone, resumable), last.Connections),
                    Math.Max(last.BytesResumed, resumable), last.BytesReceived, last.BytesFromPeers, last.Trouble);
            }
            var here = _isDone ? total : Math.Max(planned.BytesHere, _elsewhere);
            var state = _isDone ? TransferState.Done : _paused ? TransferState.Paused : TransferState.Waiting;
            return new FileProgress(new FileSnapshot(File.Path, state, total, here, 0), _last?.BytesResumed ?? (_isDone ? total : planned.BytesHere), _last?.BytesReceived ?? 0, _last?.BytesFromPeers ?? 0,
                _elsewhere > 0 ? $"another process is fetching {File.Path}" : null);
        }
    }

    /// <summary>Fetches the blob; the task inside the task ends when the disk has it.</summary>
    private async Task<Task> FetchAsync(IReadOnlyList<IRangeSource> sources, TransferEngine engine, string blob, CancellationToken cancellationToken)
    {
        // A crash came between name and disk: what is there goes on as half-fetched, is checked, and needs no byte where it is right.
        if (layout.IsUnsettled(File.Hash) && System.IO.File.Exists(blob)) System.IO.File.Move(blob, layout.Partial(File.Hash));
        ITransfer transfer;
        lock (_gate)
        {
            transfer = _transfer = engine.Start(new TransferRequest
            {
                Name = File.Path,
                Model = model,
                PartialPath = layout.Partial(File.Hash),
                FinishedPath = blob,
                FileByteCount = File.ByteCount,
                ETag = File.Hash.Text,
                Expected = File.Hash,
                Sources = sources,
                Priority = _priority,
            }, _paused);
        }
        await using var cancelled = cancellationToken.Register(transfer.Cancel);
        try
        {
            await transfer.Completion.ConfigureAwait(false);
            return transfer.Durable;
        }
        finally
        {
            lock (_gate)
            {
                _last = transfer.Progress;
                _transfer = null;
            }
        }
    }

    /// <summary>Another process has the lock: its journal says how far it is.</summary>
    private bool IsWholeElsewhere()
    {
        var journal = RangeJournal.Read(layout.Journal(File.Hash));
        lock (_gate) _elsewhere = Math.Max(_elsewhere, journal?.Landed.ByteCount ?? 0);
        return Planner.HasBlob(layout, File); // Its holder lives, so the name is given to verified bytes only.
    }
}

/// <summary>A file's snapshot and its part in the pull's sums, in bytes.</summary>
internal readonly record struct FileProgress(FileSnapshot Snapshot, long FromCache, long Received, long FromPeers, string? Trouble);
