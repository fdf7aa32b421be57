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

    /// <summary>Reads where every tensor of the model lies: a few hundred kilobytes, or none where it is in the store. Offline, from the store alone.</summary>
    /// <exception cref="HubException">The model cannot be had, or has no weights that can be cut.</exception>
    public async Task<WeightMap> MapAsync(ModelReference reference, CancellationToken cancellationToken = default)
    {
        HubModel model;
        List<HubFile> files;
        if (_puller.Options.Offline)
        {
            var facts = Store.CommitOf(reference) is { } commit ? Store.Facts(reference.RepositoryId, commit, reference.Variant) : null;
            if (facts is null) throw new HubException(HubError.Offline, $"No slice of {reference} is here and HF_HUB_OFFLINE is set. Unset it to fetch, or fetch the slice while online.");
            model = new HubModel { RepositoryId = facts.Repository, Commit = facts.Commit };
            files = [.. facts.Files.Select(file => file.ToFile())];
        }
        else
        {
            model = await _puller.Hub.GetModelAsync(reference, cancellationToken).ConfigureAwait(false);
            files = [];
            await foreach (var file in _puller.Hub.ListFilesAsync(model.RepositoryId, model.Commit, cancellationToken).ConfigureAwait(false)) files.Add(file);
        }

        var here = Store.Read(model.RepositoryId, model.Commit, reference.Variant);
        var reader = new WeightMapReader((file, range, least, token) => here?.TryRead(file, range, least) is { } bytes
            ? Task.FromResult(bytes)
            : _puller.Hub.ReadAsync(model.RepositoryId, model.Commit, file, range, token));
        return await reader.ReadAsync(model, files, reference, cancellationToken).ConfigureAwait(false);
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

    internal SemaphoreSlim Turn(string folder) => _turns.GetOrAdd(folder, _ => new SemaphoreSlim(1));
}
