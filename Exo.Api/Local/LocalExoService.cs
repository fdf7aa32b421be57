using System.Reflection;
using System.Runtime.CompilerServices;
using Exo.Api.Events;
using Exo.Engine.Models;
using Exo.Engine.Placement;
using Exo.Hub;
using Exo.Hub.Pulls;
using Exo.Hub.Store;

namespace Exo.Api.Local;

/// <summary>Answers in this process, on this machine. Nothing is opened before it is needed.</summary>
public sealed class LocalExoService : IExoService, IWorkbench
{
    private readonly ModelResolver _resolver;
    private readonly LocalStore _store;
    private readonly LoadedModels _models;

    /// <param name="samplesFolder">The folder of the models shipped with the program; null: "models" beside it.</param>
    /// <param name="hubOptions">Where models come from and where they are kept; null: as the environment says.</param>
    /// <param name="residency">How long models stay in memory, and how many; null: for good, as many as there is room for.</param>
    /// <param name="timeProvider">For keep-alives; null: the system's.</param>
    public LocalExoService(string? samplesFolder = null, HubOptions? hubOptions = null, ResidencyOptions? residency = null, TimeProvider? timeProvider = null)
    {
        var options = new Lazy<HubOptions>(() => hubOptions ?? HubOptions.FromEnvironment());
        // Finding a model needs the store on the disk, not what fetches into it.
        var cache = new Lazy<HubCache>(() => new HubCache(options.Value));
        _resolver = new ModelResolver(samplesFolder ?? Path.Combine(AppContext.BaseDirectory, "models"), cache);
        _store = new LocalStore(_resolver, new Lazy<Puller>(() => new Puller(options.Value)), options);
        var time = timeProvider ?? TimeProvider.System;
        Events = new EventBoard(time);
        _models = new LoadedModels(_resolver, residency ?? new ResidencyOptions(), Events, time);
    }

    /// <summary>What this service does, as it does it.</summary>
    public EventBoard Events { get; }

    public Task<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellationToken = default) =>
        Task.Run<IReadOnlyList<StoredModel>>(() => [.. _resolver.Samples().Select(Sample), .. _store.List().OrderBy(model => model.Name, StringComparer.OrdinalIgnoreCase)], cancellationToken).Translated();

    public Task<ModelCard> ShowAsync(string model, CancellationToken cancellationToken = default) =>
        Task.Run(() => ModelCards.Of(model, ModelFiles.Open(_resolver.Resolve(model).Path)), cancellationToken).Translated();

    public Task<PullPlan> PlanPullAsync(PullRequest request, CancellationToken cancellationToken = default) =>
        Task.Run(() => _store.PlanAsync(request, cancellationToken), cancellationToken).Translated();

    public IAsyncEnumerable<PullProgress> PullAsync(PullRequest request, CancellationToken cancellationToken = default) =>
        _store.PullAsync(request, cancellationToken).Translated(cancellationToken)
            .PostingTo(Events, $"pull:{request.Model}", progress => new ExoEvent { Key = $"pull:{request.Model}", Pull = progress }, cancellationToken);

    public Task<PullProgress> ControlPullAsync(PullControl control, CancellationToken cancellationToken = default) =>
        Task.Run(() => _store.Control(control), cancellationToken).Translated();

    /// <summary>Whether a model is being pulled by this service.</summary>
    public bool IsPulling(string model) => _store.IsPulling(model);

    public IAsyncEnumerable<VerifyProgress> VerifyAsync(string model, CancellationToken cancellationToken = default) =>
        _store.VerifyAsync(model, cancellationToken).Translated(cancellationToken);

    public Task<RemovedModel> RemoveAsync(string model, CancellationToken cancellationToken = default) =>
        Task.Run(
            () => _models.FindUse(_resolver.ScopeOf(model)) is { } used
                ? throw new ExoException(ExoErrorKind.Busy, $"{model} can't be removed: {used} is in memory; 'exo stop {used}' frees it")
                : _store.Remove(model),
            cancellationToken).Translated();

    public Task<TokenizedText> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default) =>
        Task.Run(() => TokenPieces.Of(ModelFiles.Open(_resolver.Resolve(request.Model).Path).Tokenizer, request.Text, request.AddSpecialTokens), cancellationToken).Translated();

    public IAsyncEnumerable<LoadProgress> LoadAsync(LoadRequest request, CancellationToken cancellationToken = default) =>
        LoadCoreAsync(request, cancellationToken).Translated(cancellationToken);

    public Task<bool> UnloadAsync(string model, CancellationToken cancellationToken = default) => _models.RemoveAsync(model, cancellationToken).Translated();

    public Task<IReadOnlyList<LoadedModelInfo>> ListLoadedAsync(CancellationToken cancellationToken = default) => Task.FromResult(_models.Ready());

    public IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, CancellationToken cancellationToken = default) =>
        AnswerCoreAsync(request, cancellationToken).Translated(cancellationToken);

    public Task<PlacementReport> PlaceAsync(PlaceRequest request, CancellationToken cancellationToken = default) =>
        Task.Run(
            () =>
            {
                Asked.Check(request);
                return Place(request, _resolver.Resolve(request.Model));
            },
            cancellationToken).Translated();

    public Task<ServiceState> GetStateAsync(CancellationToken cancellationToken = default) => Task.Run(
        () =>
        {
            var loaded = _models.Ready();
            PullProgress[] pulls = [.. _store.Running()];
            return new ServiceState
            {
                Version = Assembly.GetExecutingAssembly().GetName().Version!.ToString(3),
                // Beside a running model the measurement would be wrong, and felt.
                Nodes = [Machine.State(measures: loaded.Count == 0) with { Shards = [.. loaded.SelectMany(model => model.Shards)], Held = [.. _store.List().Select(Held)], Pulls = pulls }],
                Models = loaded,
                Pulls = pulls,
            };
        },
        cancellationToken).Translated();

    public IAsyncEnumerable<BenchmarkProgress> BenchmarkAsync(BenchmarkRequest request, CancellationToken cancellationToken = default) =>
        new LocalWorkbench(_resolver).BenchmarkAsync(request, cancellationToken).Translated(cancellationToken);

    public IAsyncEnumerable<QuantizeProgress> QuantizeAsync(QuantizeRequest request, CancellationToken cancellationToken = default) =>
        new LocalWorkbench(_resolver).QuantizeAsync(request, cancellationToken).Translated(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _models.DisposeAsync();
        _store.Dispose();
    }

    private async IAsyncEnumerable<LoadProgress> LoadCoreAsync(LoadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Check(request);
        using var lease = _models.Lease(request, asksNothing: true);
        await foreach (var fraction in lease.Load.WatchAsync(cancellationToken)) yield return new LoadProgress(fraction, null);
        var model = await lease.Load.Model.WaitAsync(cancellationToken);
        yield return new LoadProgress(1, model.Info(request.Model));
    }

    private async IAsyncEnumerable<AnswerEvent> AnswerCoreAsync(AnswerRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var load = new LoadRequest { Model = request.Model, ContextLength = request.ContextLength, Threads = request.Threads, Quantization = request.Quantization };
        Check(load);
        using var lease = _models.Lease(load);
        await foreach (var _ in lease.Load.WatchAsync(cancellationToken))
        {
            // An answer waits for its model and says nothing meanwhile.
        }
        var model = await lease.Load.Model.WaitAsync(cancellationToken);
        await foreach (var next in model.AnswerAsync(request, cancellationToken)) yield return next;
    }

    /// <summary>Before anything is begun for it.</summary>
    private static void Check(LoadRequest request)
    {
        Asked.Check(request);
        if (Asked.Threads(request.Threads, Environment.ProcessorCount) is { } refusal) throw new ExoException(ExoErrorKind.BadRequest, refusal);
    }

    /// <summary>What other models map counts as free memory to the system, not here.</summary>
    private PlacementReport Place(PlaceRequest request, ResolvedModel model)
    {
        var taken = _models.Ready().Where(loaded => loaded.Path != model.Path).Sum(loaded => loaded.ByteCount);
        var node = Machine.State(measures: true);
        var devices = node.Devices.Select(device => device with { FreeByteCount = Math.Max(0, device.FreeByteCount - taken) });
        return LocalPlacement.Plan(Quantizations.CostOf(ModelFiles.Open(model.Path), request.Quantization) with { Model = request.Model }, request, node with { Devices = [.. devices] }, Machine.OperationsPerSecond);
    }

    private static HeldModel Held(StoredModel model) => new(model.Name, model.ByteCount, model.Complete);

    private static StoredModel Sample((string Name, string Path) sample)
    {
        var files = new DirectoryInfo(sample.Path).GetFiles("*", SearchOption.AllDirectories);
        return new StoredModel
        {
            Name = sample.Name,
            Kind = StoredModelKind.Sample,
            ByteCount = files.Sum(file => file.Length),
            Path = sample.Path,
        };
    }
}
