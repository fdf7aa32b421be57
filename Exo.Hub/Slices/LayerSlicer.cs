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
    private readonly Peer[] _peers;
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);

    /// <param name="puller">Its hub, peers, limits and disk are shared, so that whole pulls and slices count together. Disposed by its owner.</param>
    /// <param name="store">Where slices are kept.</param>
    /// <param name="timeProvider">Time for locks and speeds; the system's where left out.</param>
    public LayerSlicer(Puller puller, SliceStore store, TimeProvider? timeProvider = null)
    {
        (_puller, Store, Time) = (puller, store, timeProvider ?? TimeProvider.System);
        _peers = [.. puller.Options.Peers.Select(peer => new Peer(puller.Options, peer, Time))];
    }

    /// <summary>Where slices are kept.</summary>
    public SliceStore Store { get; }

    internal TransferEngine Engine => _puller.Engine;

    internal SpaceLedger Space => _puller.Cache.Space;

    internal TimeProvider Time { get; }

    internal IReadOnlyList<Peer> Peers => _peers;

    /// <summary>
    /// Reads where every tensor of the model lies: a few hundred kilobytes, or none where it is in the store. Asks the hub, and where that cannot
    /// be reached a peer that has the model whole. Offline, from the store alone.
    /// </summary>
    /// <exception cref="HubException">The model cannot be had, or has no weights that can be cut.</exception>
    public async Task<WeightMap> MapAsync(ModelReference reference, CancellationToken cancellationToken = default)
    {
        if (_puller.Options.Offline) return await MapStoredAsync(reference, cancellationToken).ConfigureAwait(false);
        try
        {
            return await MapAsync(_puller.Hub, reference, cancellationToken).ConfigureAwait(false);
        }
        catch (HubException unreachable) when (unreachable.Error is HubError.Unreachable or HubError.ServerFailing or HubError.RateLimited)
        {
            foreach (var peer in _peers)
            {
                try
                {
                    return await MapAsync(peer.Client, reference, cancellationToken).ConfigureAwait(false);
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
    public SlicePull Start(SlicePlan plan, int priority = 0) => new(this, plan, priority);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var peer in _peers) peer.Dispose();
    }

    internal IRangeSource Origin(WeightMap map, HubFile file) => _puller.Hub.Source(map.Model.RepositoryId, map.Model.Commit, file);

    /// <summary>Peers and then the hub, for a file that carries its own hash.</summary>
    internal IReadOnlyList<IRangeSource> Sources(WeightMap map, HubFile file) =>
        [.. _peers.Select(peer => peer.Source(map.Model.RepositoryId, map.Model.Commit, file, null)), Origin(map, file)];

    internal SemaphoreSlim Turn(string folder) => _turns.GetOrAdd(folder, _ => new SemaphoreSlim(1));

    private async Task<WeightMap> MapAsync(HubClient hub, ModelReference reference, CancellationToken cancellationToken)
    {
        var model = await hub.GetModelAsync(reference, cancellationToken).ConfigureAwait(false);
        var files = new List<HubFile>();
        await foreach (var file in hub.ListFilesAsync(model.RepositoryId, model.Commit, cancellationToken).ConfigureAwait(false)) files.Add(file);
        var here = Store.Read(model.RepositoryId, model.Commit, reference.Variant);
        var reader = new WeightMapReader((file, range, least, token) => here?.TryRead(file, range, least) is { } bytes
            ? Task.FromResult(bytes)
            : hub.ReadAsync(model.RepositoryId, model.Commit, file, range, token));
        return await reader.ReadAsync(model, files, reference, cancellationToken).ConfigureAwait(false);
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
