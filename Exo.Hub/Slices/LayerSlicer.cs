using System.Collections.Concurrent;
using Exo.Hub.Protocol;
using Exo.Hub.Pulls;
using Exo.Hub.Store;
using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>
/// Gets the layers that a machine runs and not the rest: maps a model by its files' headers, plans a slice, and fetches its byte ranges into
/// the <see cref="SliceStore"/>, from peers first. A slice that grows fetches what is missing. One per process.
/// </summary>
public sealed class LayerSlicer : IDisposable
{
    private readonly Puller _puller;
    private readonly ConcurrentDictionary<PeerMirror, Peer> _peers = new();
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);

    /// <param name="puller">Its hub, peers, limits and disk are shared, so that whole pulls and slices count together. Disposed by its owner.</param>
    /// <param name="store">Where slices are kept.</param>
    /// <param name="timeProvider">Time for locks and speeds; the system's where left out.</param>
    public LayerSlicer(Puller puller, SliceStore store, TimeProvider? timeProvider = null)
    {
        (_puller, Store, Time) = (puller, store, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Where slices are kept.</summary>
    public SliceStore Store { get; }

    internal TransferEngine Engine => _puller.Engine;

    internal SpaceLedger Space => _puller.Cache.Space;

    internal TimeProvider Time { get; }

    /// <summary>
    /// Reads where every tensor of the model lies: a few hundred kilobytes, or none where it is in the store. Asks the hub, and where that cannot
    /// be reached a peer that has the model whole. Offline, from the store alone.
    /// </summary>
    /// <param name="reference">The model.</param>
    /// <param name="mirrors">Other machines that may hold its headers, asked before the hub; beside <see cref="HubOptions.Peers"/>, which are asked after it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HubException">The model cannot be had, or has no weights that can be cut.</exception>
    public async Task<WeightMap> MapAsync(ModelReference reference, IReadOnlyList<PeerMirror>? mirrors = null, CancellationToken cancellationToken = default)
    {
        if (_puller.Options.Offline) return await MapStoredAsync(reference, cancellationToken).ConfigureAwait(false);
        try
        {
            return await MapAsync(_puller.Hub, Peers(mirrors ?? []), reference, cancellationToken).ConfigureAwait(false);
        }
        catch (HubException unreachable) when (unreachable.Error is HubError.Unreachable or HubError.ServerFailing or HubError.RateLimited)
        {
            foreach (var peer in AllPeers(mirrors))
            {
                try
                {
                    return await MapAsync(peer.Client, [], reference, cancellationToken).ConfigureAwait(false);
                }
                catch (HubException)
                {
                    // The next one may know it.
                }
            }
            throw;
        }
    }

    /// <summary>Begins to fetch what is missing of a slice and returns at once. Fetches of one model take turns.</summary>
    /// <param name="plan">Made by <see cref="SlicePlan.Make"/>.</param>
    /// <param name="priority">Higher goes first where transfers compete for connections.</param>
    /// <param name="mirrors">Other machines that may hold some of it, asked before the hub; beside <see cref="HubOptions.Peers"/>.</param>
    public SlicePull Start(SlicePlan plan, int priority = 0, IReadOnlyList<PeerMirror>? mirrors = null) => new(this, plan, AllPeers(mirrors), priority);

    /// <summary>What a pull of the whole model would do, under the name that it was mapped by. The hub told when it was mapped, and is not asked again.</summary>
    public Task<PullPlan> PlanWholeAsync(WeightMap map, CancellationToken cancellationToken = default) => _puller.PlanAsync(map, cancellationToken);

    /// <summary>Begins to fetch a whole model into the shared cache, what other machines hold of it from them, and returns when they have told what that is.</summary>
    /// <param name="plan">Made by <see cref="PlanWholeAsync"/> or by the puller.</param>
    /// <param name="mirrors">Other machines that may hold some of it, asked before the hub.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async Task<Pull> StartWholeAsync(PullPlan plan, IReadOnlyList<PeerMirror> mirrors, CancellationToken cancellationToken = default)
    {
        var peers = Peers(mirrors);
        var sources = await Task.WhenAll(plan.Files.Where(file => !file.IsComplete).Select(async file =>
            (file.File.Path, Sources: await Task.WhenAll(peers.Select(peer => SourceAsync(peer, plan.Model, file.File, cancellationToken))).ConfigureAwait(false)))).ConfigureAwait(false);
        var byPath = sources.ToDictionary(file => file.Path, file => file.Sources, StringComparer.Ordinal);
        return _puller.Start(plan, file => byPath.GetValueOrDefault(file.Path, []));
    }

    /// <summary>A file at a peer, with what the peer tells of it now.</summary>
    internal static async Task<IRangeSource> SourceAsync(Peer peer, HubModel model, HubFile file, CancellationToken cancellationToken) =>
        peer.Source(model.RepositoryId, model.Commit, file, await peer.ListAsync(model.RepositoryId, model.Commit, file, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var peer in _peers.Values) peer.Dispose();
    }

    /// <summary>The hub; for an exact plan less what it gave already when the map was made.</summary>
    internal IRangeSource Origin(SlicePlan plan, HubFile file)
    {
        var (map, beginning) = (plan.Map, plan.IsExact ? plan.Map.Beginnings.GetValueOrDefault(file.Path) : null);
        var hub = _puller.Hub.Source(map.Model.RepositoryId, map.Model.Commit, file);
        return beginning is null ? hub : new RememberedSource(hub, beginning);
    }

    internal SemaphoreSlim Turn(string folder) => _turns.GetOrAdd(folder, _ => new SemaphoreSlim(1));

    private IReadOnlyList<Peer> AllPeers(IReadOnlyList<PeerMirror>? mirrors) => Peers([.. mirrors ?? [], .. _puller.Options.Peers.Select(address => new PeerMirror(address))]);

    /// <summary>Machines come and go; the connections to them stay, for the next fetch.</summary>
    private IReadOnlyList<Peer> Peers(IReadOnlyList<PeerMirror> mirrors) =>
        [.. mirrors.Distinct().Select(mirror => _peers.GetOrAdd(mirror, static (mirror, slicer) => new Peer(slicer._puller.Options, mirror, slicer.Time), this))];

    private async Task<WeightMap> MapAsync(HubClient hub, IReadOnlyList<Peer> peers, ModelReference reference, CancellationToken cancellationToken)
    {
        var model = await hub.GetModelAsync(reference, cancellationToken).ConfigureAwait(false);
        var files = new List<HubFile>();
        await foreach (var file in hub.ListFilesAsync(model.RepositoryId, model.Commit, cancellationToken).ConfigureAwait(false)) files.Add(file);
        var here = Store.Read(model.RepositoryId, model.Commit, reference.Variant);
        var beginnings = new ConcurrentDictionary<string, byte[]>(StringComparer.Ordinal);
        var reader = new WeightMapReader(async (file, range, least, token) =>
        {
            if (here?.TryRead(file, range, least) is { } stored) return stored;
            foreach (var peer in peers)
                if (await peer.TryReadAsync(model.RepositoryId, model.Commit, file, range, least, token).ConfigureAwait(false) is { } given) return given;
            var bytes = await hub.ReadAsync(model.RepositoryId, model.Commit, file, range, token).ConfigureAwait(false);
            // A file's reads follow each other; one that goes on from where the last ended makes its beginning longer.
            if (range.Start == (beginnings.GetValueOrDefault(file.Path)?.Length ?? 0)) beginnings[file.Path] = [.. beginnings.GetValueOrDefault(file.Path, []), .. bytes];
            return bytes;
        });
        var map = await reader.ReadAsync(model, files, reference, cancellationToken).ConfigureAwait(false);
        map.Listing = files;
        map.Beginnings = hub == _puller.Hub ? beginnings : map.Beginnings;
        return map;
    }

    private Task<WeightMap> MapStoredAsync(ModelReference reference, CancellationToken cancellationToken)
    {
        var commit = Store.CommitOf(reference);
        if (commit is null || Store.Facts(reference.RepositoryId, commit, reference.Variant) is not { } facts || Store.Find(reference) is not { } here)
            throw new HubException(HubError.Offline, $"No slice of {reference} is here and HF_HUB_OFFLINE is set. Unset it to fetch, or fetch the slice while online.");
        var reader = new WeightMapReader((file, range, least, _) => here.TryRead(file, range, least) is { } bytes
            ? Task.FromResult(bytes)
            : throw new HubException(HubError.Offline, $"{file.Path} of {reference} is not here and HF_HUB_OFFLINE is set. Unset it to fetch."));
        var model = new HubModel { RepositoryId = facts.Repository, Commit = facts.Commit };
        return reader.ReadAsync(model, [.. facts.Files.Select(file => file.ToFile())], reference, cancellationToken);
    }
}
