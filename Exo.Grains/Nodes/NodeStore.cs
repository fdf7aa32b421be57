using System.Collections.Immutable;
using Exo.Api.Local;
using Exo.Engine.Models;
using Exo.Grains.Hosting;
using Exo.Hub;
using Exo.Hub.Pulls;
using Exo.Hub.Slices;
using Microsoft.Extensions.Logging;

namespace Exo.Grains.Nodes;

/// <summary>
/// What of the models is on this node's disk, and the fetches that bring more. Fetches run on the hub's own threads; nothing here waits on a grain's
/// scheduler. One per process; thread-safe.
/// </summary>
internal sealed partial class NodeStore : IModelLocator, IDisposable
{
    private readonly NodeOptions _options;
    private readonly Lazy<Puller> _puller;
    private readonly Lazy<LayerSlicer> _slicer;
    private readonly ModelPlace _place;
    private readonly NodeFetches _fetches;
    private readonly PlanShelf<PlannedMap> _planned;
    private readonly TimeProvider _time;
    private readonly ILogger<NodeStore> _logger;
    private readonly Lock _gate = new();
    private (long At, long ByteCount)? _freeDisk;

    public NodeStore(NodeOptions options, OpenModels models, TimeProvider time, ILogger<NodeStore> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        var slices = new SliceStore(SliceStore.DefaultFolder(options.Hub));
        _puller = new(() => new Puller(options.Hub));
        _slicer = new(() => new LayerSlicer(_puller.Value, slices));
        var cache = new Exo.Hub.Store.HubCache(options.Hub);
        _place = new ModelPlace(new ModelResolver(options.SamplesFolder, new Lazy<Exo.Hub.Store.HubCache>(cache)), cache, slices, models);
        _fetches = new NodeFetches(Begin, time);
        _planned = new PlanShelf<PlannedMap>(time);
    }

    /// <summary>The fetches that run, and those that ended in the last minutes.</summary>
    public ImmutableArray<FetchState> Fetches => _fetches.States;

    /// <inheritdoc/>
    public string Locate(string model, string? commit, LayerRange? layers) => _place.Locate(model, commit, layers);

    /// <inheritdoc cref="ModelPlace.ReferenceOf"/>
    public ModelReference? ReferenceOf(string model) => _place.ReferenceOf(model);

    /// <summary>Layers on this disk that came from the hub.</summary>
    public IEnumerable<HeldLayers> Held() => _place.Held();

    /// <inheritdoc cref="INodeGrain.FetchAsync"/>
    public FetchState Fetch(FetchOrder order) => _fetches.Start(order);

    public FetchState? FindFetch(string model) => _fetches.Find(model);

    public void ControlFetch(string model, FetchControl control) => _fetches.Control(model, control);

    public void CancelFetch(string model) => _fetches.Cancel(model);

    /// <summary>What a removal under this name takes.</summary>
    /// <exception cref="Models.ModelRefusedException">It is a sample's name, a path, or none.</exception>
    public RemovalScope ScopeOf(string model) => Refusals.Told(() => _place.ScopeOf(model));

    /// <summary>Ends the model's fetches and takes it off this disk.</summary>
    /// <returns>Bytes freed; null where nothing of it was here.</returns>
    /// <exception cref="Models.ModelRefusedException">Another process is fetching it, or the disk refuses.</exception>
    public async Task<long?> RemoveAsync(string model)
    {
        await _fetches.EndAsync(model);
        var freed = Refusals.Told(() => _place.Remove(_place.ScopeOf(model)));
        lock (_gate) _freeDisk = null; // Whoever plans next has the room.
        return freed;
    }

    /// <summary>Bytes of the store's disk that a fetch may fill: free ones less the margin and running fetches' reservations. Counting them reads the store's folders, so the figure may be some seconds old.</summary>
    public long FreeDiskByteCount()
    {
        var fresh = TimeSpan.FromSeconds(10);
        lock (_gate)
        {
            if (_freeDisk is { } known && _time.GetElapsedTime(known.At) < fresh) return known.ByteCount;
            Directory.CreateDirectory(_options.Hub.CacheFolder);
            var use = _puller.Value.Cache.DiskUse();
            _freeDisk = (_time.GetTimestamp(), Math.Max(0, use.FreeBytes - use.ReservedBytes - _options.Hub.FreeSpaceMargin));
            return _freeDisk.Value.ByteCount;
        }
    }

    /// <summary>
    /// Makes a model's configuration, tokenizer and headers at hand, which is all that a placement needs: what is here is used, the rest fetched, a few
    /// hundred kilobytes, from the other nodes first.
    /// </summary>
    /// <param name="model">The model's name.</param>
    /// <param name="commit">The commit that is wanted; null: the one that is here, or else what the hub has now.</param>
    /// <param name="newest">The hub is asked what it has now, where it can be reached.</param>
    /// <param name="mirrors">The other nodes' mirrors.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Models.ModelRefusedException">There is no such model, or it can't be had.</exception>
    public Task<PreparedModel> PrepareAsync(string model, string? commit, bool newest, ImmutableArray<Uri> mirrors, CancellationToken cancellationToken) => Refusals.ToldAsync(Task.Run(async () =>
    {
        if (_place.ReferenceOf(model) is not { } reference) return new PreparedModel(model, null, _place.Resolve(model));
        commit ??= newest && !reference.IsCommit ? null : _place.CommitHere(reference);
        if (commit is not null && Here(reference, commit) is { } here) return here;
        try
        {
            return await FetchHeadersAsync(reference, commit, mirrors, cancellationToken);
        }
        catch (HubException unreachable) when (unreachable.Error is HubError.Unreachable or HubError.Offline or HubError.ServerFailing or HubError.RateLimited
            && commit is null && _place.CommitHere(reference) is { } known && Here(reference, known) is not null)
        {
            return Here(reference, known)!; // Older perhaps, and here.
        }
    }, cancellationToken));

    public void Dispose()
    {
        _fetches.Dispose();
        if (_slicer.IsValueCreated) _slicer.Value.Dispose();
        if (_puller.IsValueCreated) _puller.Value.Dispose();
    }

    private PreparedModel? Here(ModelReference reference, string commit) =>
        (_place.FindWhole(reference, commit) ?? _place.FindSlice(reference, commit)?.Folder) is { } path ? new PreparedModel(reference.ToString(), commit, path) : null;

    private async Task<PreparedModel> FetchHeadersAsync(ModelReference reference, string? commit, ImmutableArray<Uri> mirrors, CancellationToken cancellationToken)
    {
        var peers = Mirrors(mirrors);
        var asked = commit is null ? reference : reference.At(commit);
        var map = await _slicer.Value.MapAsync(asked, peers, cancellationToken);
        _planned.Keep(new PlannedMap(asked, map), kept => kept.Reference == asked);
        var stored = await FetchHeadersAsync(map, peers, cancellationToken);
        return new PreparedModel(reference.ToString(), stored.Commit, stored.Folder);
    }

    private async Task<StoredSlice> FetchHeadersAsync(WeightMap map, IReadOnlyList<PeerMirror> peers, CancellationToken cancellationToken)
    {
        var pull = _slicer.Value.Start(SlicePlan.Make(map, new LayerSlice(0, 0), exact: true), mirrors: peers);
        await using var cancel = cancellationToken.Register(pull.Cancel);
        return await pull.Completion;
    }

    /// <summary>The work of one order; runs on a thread of the pool and awaits the hub's own.</summary>
    private async Task Begin(NodeFetch fetch, CancellationToken cancellationToken)
    {
        var order = fetch.Order;
        LogFetches(order.Model, order.FirstLayer, order.EndLayer, order.Peers.Length);
        if (_place.ReferenceOf(order.Model) is not { } reference)
        {
            _place.Resolve(order.Model); // It is here or it isn't.
            return;
        }

        if (order.Commit is not { } commit || order.EndLayer == order.FirstLayer)
        {
            await PrepareAsync(order.Model, order.Commit, newest: false, order.Peers, cancellationToken);
            return;
        }

        if (_place.FindWhole(reference, commit) is not null) return;
        var peers = Mirrors(order.Peers);
        var planned = Planned(reference, commit);
        var map = planned ?? Planned(reference.At(commit), commit) ?? await _slicer.Value.MapAsync(reference.At(commit), peers, cancellationToken);
        var slice = ModelPlace.SliceOf(order.FirstLayer, order.EndLayer, map.LayerCount, order.WithHead);

        // What was begun as a slice goes on as one.
        var isWhole = order.IsWhole && order.FirstLayer == 0 && order.EndLayer == map.LayerCount
            && _place.FindSlice(reference, commit)?.Ready.Any(ready => ready.EndLayer > ready.FirstLayer) is not true;
        if (isWhole)
        {
            // By the name where it still means this commit, so that the cache knows it by that too.
            var plan = planned is null ? await _puller.Value.PlanAsync(reference, null, cancellationToken) : await _slicer.Value.PlanWholeAsync(planned, cancellationToken);
            if (plan.Model.Commit != commit) plan = await _puller.Value.PlanAsync(reference.At(commit), null, cancellationToken);
            await fetch.FollowAsync(await _slicer.Value.StartWholeAsync(plan, WithItself(order.Peers), cancellationToken), cancellationToken);
            return;
        }

        // Headers first and by themselves: who plans or tokenizes meanwhile need not wait for the layers.
        if (_place.FindSlice(reference, commit) is null) await FetchHeadersAsync(map, peers, cancellationToken);
        await fetch.FollowAsync(_slicer.Value.Start(SlicePlan.Make(map, slice, exact: true), mirrors: peers), cancellationToken);
    }

    /// <summary>The map that was read under a name for a placement; null where there is none, or the name meant another commit.</summary>
    private WeightMap? Planned(ModelReference reference, string commit) =>
        _planned.Take(kept => kept.Reference == reference && kept.Map.Model.Commit == commit)?.Map;

    /// <summary>Other nodes' mirrors.</summary>
    private IReadOnlyList<PeerMirror> Mirrors(ImmutableArray<Uri> mirrors) => WithItself([.. mirrors.Where(mirror => mirror != _options.Mirror)]);

    /// <summary>This node's too: what it has as slices is a source for its cache.</summary>
    private IReadOnlyList<PeerMirror> WithItself(ImmutableArray<Uri> mirrors) => [.. mirrors.Select(mirror => new PeerMirror(mirror, _options.MirrorKey))];

    [LoggerMessage(Level = LogLevel.Information, Message = "Fetching layers {FirstLayer} to {EndLayer} of {Model}, {Peers} peers first")]
    private partial void LogFetches(string model, int firstLayer, int endLayer, int peers);

    private sealed record PlannedMap(ModelReference Reference, WeightMap Map);
}

/// <summary>A model whose configuration, tokenizer and headers are on this node.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Commit">The commit; null for samples and paths.</param>
/// <param name="Path">The folder or file to open; weights may be holes.</param>
internal sealed record PreparedModel(string Model, string? Commit, string Path);
