using System.Runtime.CompilerServices;
using Exo.Hub;
using Exo.Hub.Pulls;
using Exo.Hub.Store;
using Exo.Hub.Transfer;

namespace Exo.Api.Local;

/// <summary>The store of pulled models on this machine, and what fills it.</summary>
internal sealed class LocalStore(ModelResolver resolver, Lazy<Puller> puller, Lazy<HubOptions> options) : IDisposable
{
    private static readonly TimeSpan VerifyEvery = TimeSpan.FromMilliseconds(100);

    private readonly PlanShelf<Hub.Pulls.PullPlan> _planned = new(TimeProvider.System);
    private readonly RunningPulls _running = new();

    private HubCache Cache => puller.Value.Cache;

    public IEnumerable<StoredModel> List() => Cache.List().Select(Map);

    public IEnumerable<PullProgress> Running() => _running.All.Select(pull => Map(pull.Current));

    public async Task<Api.PullPlan> PlanAsync(PullRequest request, CancellationToken cancellationToken)
    {
        var plan = await puller.Value.PlanAsync(resolver.ReferenceOf(request.Model), Choice(request), cancellationToken);
        _planned.Keep(plan, kept => IsFor(kept, plan.Reference, plan.Options));
        return Map(plan);
    }

    public async IAsyncEnumerable<PullProgress> PullAsync(PullRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A pull with limits of its own has connections of its own.
        using var own = request.Connections is null && request.BytesPerSecond is null ? null : new Puller(Limited(request));
        var from = own ?? puller.Value;
        var reference = resolver.ReferenceOf(request.Model);
        var choice = Choice(request);
        var plan = _planned.Take(kept => IsFor(kept, reference, choice)) is { } known
            ? await from.RefreshAsync(known with { Options = choice }, cancellationToken)
            : await from.PlanAsync(reference, choice, cancellationToken);
        var pull = from.Start(plan);
        using var running = _running.Add(pull);
        try
        {
            await foreach (var snapshot in pull.WatchAsync(cancellationToken))
                if (snapshot.Phase is not (Hub.Pulls.PullPhase.Failed or Hub.Pulls.PullPhase.Cancelled)) yield return Map(snapshot);
        }
        finally
        {
            if (!pull.Completion.IsCompleted) pull.Cancel();
            await ((Task)pull.Completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await pull.Completion;
    }

    public bool IsPulling(string model) => _running.Of(resolver.ReferenceOf(model)).Any();

    public PullProgress Control(PullControl control)
    {
        Hub.Pulls.Pull[] pulls = [.. _running.Of(resolver.ReferenceOf(control.Model))];
        if (pulls.Length == 0)
            throw new ExoException(ExoErrorKind.ModelNotFound, $"no pull of {control.Model} is under way here: begin it with 'exo pull {control.Model}', or name the server that pulls it with --host");
        foreach (var pull in pulls)
        {
            if (control.Priority is { } priority) pull.Priority = priority;
            if (control.Paused is true) pull.Pause();
            else if (control.Paused is false) pull.Resume();
        }

        return control.Apply(Map(pulls[^1].Current));
    }

    public async IAsyncEnumerable<VerifyProgress> VerifyAsync(string model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reference = resolver.ReferenceOf(model);
        var byteCount = Cache.FindSnapshot(reference.RepositoryId, reference.Revision)?.Files.Sum(file => file.ByteCount) ?? 0;
        long done = 0, hashed = 0;
        var files = new List<VerifiedFile>();
        await using var checks = Cache.VerifyAsync(reference, count => Interlocked.Add(ref hashed, count), cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            var next = checks.MoveNextAsync().AsTask();
            while (await Task.WhenAny(next, Task.Delay(VerifyEvery, CancellationToken.None)) != next) yield return Progress(isDone: false); // A file may be large.
            if (!await next) break;
            done += checks.Current.ByteCount;
            files.Add(Map(checks.Current));
            yield return Progress(isDone: false);
        }
        yield return Progress(isDone: true);

        VerifyProgress Progress(bool isDone)
        {
            var count = isDone ? done : Math.Max(done, Interlocked.Read(ref hashed));
            return new VerifyProgress { DoneByteCount = count, ByteCount = isDone ? done : Math.Max(count, byteCount), Files = [.. files], Done = isDone };
        }
    }

    public RemovedModel Remove(string model)
    {
        var scope = resolver.ScopeOf(model);
        return new RemovedModel(model, Cache.Remove(scope.Reference, scope.AllRevisions).BytesFreed);
    }

    public void Dispose()
    {
        if (puller.IsValueCreated) puller.Value.Dispose();
    }

    private HubOptions Limited(PullRequest request) => options.Value with
    {
        MaxConnections = request.Connections ?? options.Value.MaxConnections,
        StartConnections = request.Connections ?? options.Value.StartConnections, // A number that was asked for is kept.
        MaxBytesPerSecond = request.BytesPerSecond ?? options.Value.MaxBytesPerSecond,
    };

    private static PullOptions Choice(PullRequest request) => new() { Include = request.Include, Exclude = request.Exclude, Priority = request.Priority };

    private static bool IsFor(Hub.Pulls.PullPlan plan, ModelReference reference, PullOptions options) =>
        plan.Reference == reference && plan.Options.Include.SequenceEqual(options.Include) && plan.Options.Exclude.SequenceEqual(options.Exclude);

    private static StoredModel Map(Hub.Store.StoredModel model)
    {
        var revision = model.Refs.Count == 0 || model.Refs.Contains("main") ? "" : $"@{model.Refs[0]}";
        return new StoredModel
        {
            Name = model.RepositoryId + revision,
            Variants = model.Variants is { Count: > 0 } variants ? [.. variants.Select(variant => new StoredVariant($"{model.RepositoryId}:{variant.Label}{revision}", variant.ByteCount))] : null,
            Kind = StoredModelKind.Pulled,
            Revision = model.Commit,
            ByteCount = model.ByteCount,
            Complete = model.IsComplete,
            Modified = model.Modified,
            Path = model.SnapshotFolder,
        };
    }

    private static Api.PullPlan Map(Hub.Pulls.PullPlan plan) => new()
    {
        Model = plan.Reference.ToString(),
        Commit = plan.Model.Commit,
        RenamedTo = plan.Model.RepositoryId.Equals(plan.Reference.RepositoryId, StringComparison.OrdinalIgnoreCase) ? null : plan.Model.RepositoryId,
        Files = [.. plan.Files.Select(file => new Api.PlannedFile(file.File.Path, file.File.ByteCount, file.BytesHere))],
        LeftOut = [.. plan.LeftOut.Select(file => new Api.LeftOutFile(file.File.Path, file.File.ByteCount, file.Reason))],
        Destination = plan.SnapshotFolder,
        FreeDiskByteCount = plan.FreeDiskBytes,
        MissingDiskByteCount = plan.ShortageBytes,
    };

    private static PullProgress Map(PullSnapshot snapshot) => new()
    {
        Model = snapshot.Model,
        Phase = snapshot.Phase switch
        {
            Hub.Pulls.PullPhase.Fetching => PullPhase.Fetching,
            Hub.Pulls.PullPhase.Paused => PullPhase.Paused,
            Hub.Pulls.PullPhase.Finishing => PullPhase.Finishing,
            Hub.Pulls.PullPhase.Done => PullPhase.Done,
            _ => PullPhase.Waiting,
        },
        DoneByteCount = snapshot.BytesDone,
        ByteCount = snapshot.BytesTotal,
        CachedByteCount = snapshot.BytesFromCache,
        PeerByteCount = snapshot.BytesFromPeers,
        BytesPerSecond = snapshot.BytesPerSecond,
        SecondsLeft = snapshot.TimeLeft?.TotalSeconds,
        Files = [.. snapshot.Files.Select(file => new FileProgress(file.Path, StateOf(file.State), file.BytesDone, file.BytesTotal))],
        Notice = snapshot.Trouble,
    };

    private static FileState StateOf(TransferState state) => state switch
    {
        TransferState.Running => FileState.Running,
        TransferState.Paused => FileState.Paused,
        TransferState.Finishing => FileState.Finishing,
        TransferState.Done => FileState.Done,
        _ => FileState.Waiting,
    };

    private static VerifiedFile Map(CheckedFile file) => file.Check switch
    {
        FileCheck.Good => new VerifiedFile(file.Path, null),
        FileCheck.Unknown => new VerifiedFile(file.Path, null, HasHash: false),
        FileCheck.Missing => new VerifiedFile(file.Path, file.Detail ?? "is missing"),
        _ => new VerifiedFile(file.Path, file.Detail ?? "is not what its hash says"),
    };
}
