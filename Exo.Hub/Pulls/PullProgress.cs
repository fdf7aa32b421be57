using Exo.Hub.Transfer;

namespace Exo.Hub.Pulls;

/// <summary>Makes a pull's snapshots and hands the latest one to whoever watches. Numbers that may not go backwards don't.</summary>
internal sealed class PullProgress
{
    private readonly Lock _gate = new();
    private readonly IReadOnlyList<FilePull> _files;
    private readonly TimeProvider _time;
    private readonly SpeedMeter _speed;
    private readonly long _startedAt;
    private readonly long[] _highWater;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PullSnapshot _current;
    private long _publishedAt;

    public PullProgress(PullPlan plan, IReadOnlyList<FilePull> files, TimeProvider time)
    {
        (_files, _time, _speed) = (files, time, new SpeedMeter(time));
        _startedAt = time.GetTimestamp();
        _highWater = new long[files.Count];
        _current = new PullSnapshot
        {
            Version = 0, Model = plan.Reference.ToString(), Commit = plan.Model.Commit, Phase = PullPhase.Waiting, BytesTotal = plan.TotalBytes,
            BytesDone = 0, BytesFromCache = 0, BytesFromPeers = 0, BytesReceived = 0, BytesPerSecond = 0, Elapsed = default, Connections = 0, Files = [],
        };
        Publish(PullPhase.Waiting, null);
    }

    public PullSnapshot Current => Volatile.Read(ref _current);

    public TimeSpan Elapsed => _time.GetElapsedTime(_startedAt);

    /// <summary>Takes a new snapshot; watchers hear of it where it says something new, and once a second at least.</summary>
    /// <param name="phase">What the pull is doing; null while it runs: told from its files.</param>
    /// <param name="failure">Why it failed.</param>
    public void Publish(PullPhase? phase, string? failure)
    {
        lock (_gate)
        {
            if (IsLast(_current)) return;
            var next = Take(phase, failure);
            var isNews = next.Phase != _current.Phase || next.BytesDone != _current.BytesDone || next.BytesReceived != _current.BytesReceived
                || next.Connections != _current.Connections || next.Trouble != _current.Trouble || !next.Files.SequenceEqual(_current.Files);
            if (!isNews && _time.GetElapsedTime(_publishedAt) < TimeSpan.FromSeconds(1)) return;
            _publishedAt = _time.GetTimestamp();
            Volatile.Write(ref _current, next);
            var changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            changed.SetResult();
        }
    }

    public async IAsyncEnumerable<PullSnapshot> WatchAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            PullSnapshot current;
            Task changed;
            lock (_gate) (current, changed) = (_current, _changed.Task);
            yield return current;
            if (IsLast(current)) yield break;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsLast(PullSnapshot snapshot) => snapshot.Phase is PullPhase.Done or PullPhase.Failed or PullPhase.Cancelled;

    private PullSnapshot Take(PullPhase? phase, string? failure)
    {
        var files = new FileSnapshot[_files.Count];
        long done = 0, fromCache = 0, received = 0, fromPeers = 0;
        var connections = 0;
        string? trouble = null;
        for (var i = 0; i < files.Length; i++)
        {
            var progress = _files[i].Progress();
            _highWater[i] = Math.Max(_highWater[i], Math.Min(progress.Snapshot.BytesDone, progress.Snapshot.BytesTotal));
            files[i] = progress.Snapshot with { BytesDone = _highWater[i] };
            done += _highWater[i];
            fromCache += progress.FromCache;
            received += progress.Received;
            fromPeers += progress.FromPeers;
            connections += progress.Snapshot.Connections;
            trouble ??= progress.Trouble;
        }
        var speed = _speed.Sample(received);
        var now = phase ?? PhaseOf(files);
        return _current with
        {
            Version = _current.Version + 1,
            Phase = now,
            BytesDone = done,
            BytesFromCache = fromCache,
            BytesFromPeers = fromPeers,
            BytesReceived = received,
            BytesPerSecond = now == PullPhase.Fetching ? Math.Round(speed) : 0,
            TimeLeft = now == PullPhase.Fetching && speed >= 1 && (_current.BytesTotal - done) / speed is < 31_536_000 and var left ? TimeSpan.FromSeconds(left) : null,
            Elapsed = Elapsed,
            Connections = connections,
            Trouble = trouble,
            Failure = failure,
            Files = files,
        };
    }

    private static PullPhase PhaseOf(FileSnapshot[] files)
    {
        if (files.Any(file => file.State == TransferState.Running)) return PullPhase.Fetching;
        if (files.Any(file => file.State == TransferState.Paused)) return PullPhase.Paused;
        return files.Any(file => file.State == TransferState.Waiting) ? PullPhase.Waiting : PullPhase.Finishing;
    }
}
