using Exo.Hub.Protocol;
using Exo.Hub.Store;
using Exo.Hub.Transfer;

namespace Exo.Hub.Pulls;

/// <summary>A running pull.</summary>
public sealed class Pull : IRunningPull
{
    /// <summary>How often a snapshot is taken: ten a second at most, however many ranges run.</summary>
    private static readonly TimeSpan SnapshotEvery = TimeSpan.FromMilliseconds(100);

    private readonly Puller _puller;
    private readonly Func<HubFile, IReadOnlyList<IRangeSource>> _sources;
    private readonly StoreLayout _layout;
    private readonly IReadOnlyList<FilePull> _files;
    private readonly PullProgress _progress;
    private readonly CancellationTokenSource _cancelled = new();
    private readonly TimeProvider _time;
    private int _priority;

    internal Pull(Puller puller, PullPlan plan, Func<HubFile, IReadOnlyList<IRangeSource>> sources, TimeProvider time)
    {
        (Plan, _puller, _sources, _time) = (plan, puller, sources, time);
        _layout = puller.Cache.Reader(plan.Reference.RepositoryId).Layout;
        _files = [.. plan.Files.Select(file => new FilePull(plan.Reference.ToString(), file, _layout, plan.Model.Commit))];
        _progress = new PullProgress(plan, _files, time);
        Priority = plan.Options.Priority;
        Completion = Task.Run(RunAsync);
    }

    /// <summary>What it carries out.</summary>
    public PullPlan Plan { get; }

    /// <summary>Ends when every file is verified and in the store, or with a <see cref="HubException"/> or <see cref="OperationCanceledException"/>.</summary>
    public Task<PullResult> Completion { get; }

    /// <summary>The pull now, at most a tenth of a second old. Cheap; any thread.</summary>
    public PullSnapshot Current => _progress.Current;

    /// <inheritdoc/>
    public int Priority
    {
        get => _priority;
        set
        {
            _priority = value;
            foreach (var file in _files) file.Weigh(value);
        }
    }

    /// <summary>The pull now and after each change, at most ten a second; ends after the last one (Done, Failed, Cancelled), which is always given. Slow readers skip, never queue.</summary>
    public IAsyncEnumerable<PullSnapshot> WatchAsync(CancellationToken cancellationToken = default) => _progress.WatchAsync(cancellationToken);

    /// <inheritdoc/>
    public void Pause()
    {
        foreach (var file in _files) file.Pause(true);
    }

    /// <inheritdoc/>
    public void Resume()
    {
        foreach (var file in _files) file.Pause(false);
    }

    /// <summary>Ends it; what is landed stays for a later pull. <see cref="Completion"/> ends when nothing writes any more.</summary>
    public void Cancel() => ThreadPool.UnsafeQueueUserWorkItem(static cancelled => cancelled.Cancel(), _cancelled, preferLocal: false);

    /// <summary>What a plan's files will write.</summary>
    internal static IReadOnlyList<ReservedFileJson> ToWrite(StoreLayout layout, IEnumerable<PlannedFile> files) =>
        [.. files.Where(file => !file.IsComplete).Select(file => new ReservedFileJson(layout.Partial(file.File.Hash), layout.Blob(file.File.Hash), file.File.ByteCount))];

    private async Task<PullResult> RunAsync()
    {
        await using var ticks = _time.CreateTimer(_ => _progress.Publish(null, null), null, SnapshotEvery, SnapshotEvery);
        try
        {
            // 1. Set the room aside; 2. write down what belongs to the commit; 3. fetch and link; 4. only then move the ref to it.
            using var reservation = Plan.IsComplete ? null : _puller.Cache.Space.Reserve(Plan.Reference.ToString(), ToWrite(_layout, Plan.Files));
            if (Plan.Listing.Count > 0) new SnapshotManifest(Plan.Reference.RepositoryId, Plan.Model.Commit, Plan.Listing).Save(_layout);
            await FetchAsync().ConfigureAwait(false);
            if (!Plan.Reference.IsCommit && AtomicFile.Read(_layout.Ref(Plan.Reference.Revision)) != Plan.Model.Commit) AtomicFile.Write(_layout.Ref(Plan.Reference.Revision), Plan.Model.Commit);
            _progress.Publish(PullPhase.Done, null);
            return new PullResult
            {
                SnapshotFolder = Plan.SnapshotFolder,
                Commit = Plan.Model.Commit,
                BytesTotal = Plan.TotalBytes,
                BytesReceived = Current.BytesReceived,
                Elapsed = _progress.Elapsed,
            };
        }
        catch (OperationCanceledException)
        {
            _progress.Publish(PullPhase.Cancelled, null);
            throw;
        }
        catch (Exception caught)
        {
            var failure = DiskFailure.Is(caught) ? DiskFailure.Of(caught, _layout.RepositoryFolder) : caught;
            _progress.Publish(PullPhase.Failed, failure.Message);
            if (ReferenceEquals(failure, caught)) throw;
            throw failure;
        }
        finally
        {
            _puller.Ended(this);
        }
    }

    /// <summary>All files side by side; the first failure ends the others, and is the one that is told.</summary>
    private async Task FetchAsync()
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_cancelled.Token, _puller.Stopping);
        using var turns = new SemaphoreSlim(_puller.Options.MaxActiveFiles);
        Exception? first = null;
        await Task.WhenAll(_files.Select(async file =>
        {
            try
            {
                await turns.WaitAsync(ended.Token).ConfigureAwait(false);
                try
                {
                    await file.RunAsync(_sources, _puller.Engine, _puller.Fetches, ended.Token).ConfigureAwait(false);
                }
                finally
                {
                    turns.Release();
                }
            }
            catch (Exception failure)
            {
                if (Interlocked.CompareExchange(ref first, failure, null) is null) await ended.CancelAsync().ConfigureAwait(false);
            }
        })).ConfigureAwait(false);
        if (first is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
    }
}
