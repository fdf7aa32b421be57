using System.Collections.Concurrent;
using Exo.Api.Local;
using Exo.Grains.Models;
using Exo.Hub;
using Exo.Hub.Slices;
using Exo.Hub.Store;

namespace Exo.Grains.Nodes;

/// <summary>Finds models on this node's disk by name and commit: samples and paths, whole models in the shared cache, slices. Asks no server.</summary>
internal sealed class ModelPlace(ModelResolver resolver, HubCache cache, SliceStore slices, OpenModels models)
{
    /// <summary>By the path of a commit, which never changes what it means.</summary>
    private readonly ConcurrentDictionary<string, int?> _layerCounts = new(StringComparer.Ordinal);

    /// <summary>The hub's name of a model; null for a sample or a path, which every node has for itself.</summary>
    public ModelReference? ReferenceOf(string model) =>
        resolver.IsSample(model) || ModelResolver.IsPath(model) || Directory.Exists(model) || !ModelReference.TryParse(model, out var reference) || !reference.RepositoryId.Contains('/') ? null : reference;

    /// <summary>What a removal under this name takes.</summary>
    /// <exception cref="Api.ExoException">It is a sample's name, a path, or none.</exception>
    public RemovalScope ScopeOf(string model) => resolver.ScopeOf(model, CommitHere);

    /// <summary>Takes a model off this disk, its slices and whole files.</summary>
    /// <returns>Bytes freed; null where nothing of it was here.</returns>
    /// <exception cref="HubException">It is being fetched, or the disk refuses.</exception>
    public long? Remove(RemovalScope scope)
    {
        var freed = slices.Remove(scope.Reference, scope.AllRevisions);
        try
        {
            return (freed ?? 0) + cache.Remove(scope.Reference, scope.AllRevisions).BytesFreed;
        }
        catch (HubException absent) when (absent.Error == HubError.NotInStore)
        {
            return freed;
        }
    }

    /// <summary>Where a sample or a path lies.</summary>
    /// <exception cref="Api.ExoException">It isn't here.</exception>
    public string Resolve(string model) => resolver.Resolve(model).Path;

    /// <summary>The whole model in the shared cache; null where it is not there whole.</summary>
    public string? FindWhole(ModelReference reference, string commit) => cache.Find(reference.At(commit)) is { } stored ? ModelResolver.PathOf(stored, reference) : null;

    /// <summary>What is here of a model that is not whole, its configuration and headers at least; null where that is not here.</summary>
    public StoredSlice? FindSlice(ModelReference reference, string commit) => slices.Find(reference.At(commit)) is { Ready.Count: > 0 } slice ? slice : null;

    /// <summary>The commit that is here under the reference's name; null where nothing is.</summary>
    public string? CommitHere(ModelReference reference) => reference.IsCommit ? reference.Revision : cache.Find(reference)?.Commit ?? slices.Find(reference)?.Commit;

    /// <summary>Layers of a model, as its configuration says.</summary>
    public int LayerCount(string path) => models.Open(path).Spec.Layers.Count;

    /// <summary>The tensors that a shard of such layers needs.</summary>
    public static LayerSlice SliceOf(int firstLayer, int endLayer, int layerCount, bool withHead = true) =>
        new(firstLayer, endLayer, WithEmbedding: firstLayer == 0 && endLayer > 0, WithHead: withHead && endLayer == layerCount && endLayer > firstLayer);

    /// <summary>Everything from the hub that is on this disk, a range of layers each; an empty one of a model that only its description is here of.</summary>
    public IEnumerable<HeldLayers> Held()
    {
        foreach (var whole in cache.List().Where(stored => stored.IsComplete))
        {
            if (_layerCounts.GetOrAdd(ModelResolver.PathOf(whole, ModelReference.Parse(whole.RepositoryId)), LayerCountOf) is { } count)
                yield return new HeldLayers(whole.RepositoryId, whole.Commit, 0, count, whole.ByteCount);
        }

        foreach (var slice in slices.List().Where(slice => slice.Ready.Count > 0))
        {
            var name = slice.Variant is { } variant ? $"{slice.RepositoryId}:{variant}" : slice.RepositoryId;
            var byteCount = slice.ByteCount;
            var layers = slice.Ready.Where(ready => ready.EndLayer > ready.FirstLayer).ToList();
            foreach (var ready in layers.Count > 0 ? layers : slice.Ready)
            {
                yield return new HeldLayers(name, slice.Commit, ready.FirstLayer, ready.EndLayer, byteCount);
                byteCount = 0; // It is the model's, told once.
            }
        }
    }

    /// <exception cref="ModelRefusedException">It isn't here, or not all of it.</exception>
    public string Locate(string model, string? commit, Engine.Models.LayerRange? layers)
    {
        if (ReferenceOf(model) is not { } reference) return Refusals.Told(() => Resolve(model));
        commit ??= CommitHere(reference) ?? throw new ModelRefusedException(Api.ExoErrorKind.ModelNotPulled, $"nothing of {model} is on this node's disk");
        if (FindWhole(reference, commit) is { } whole) return whole;
        if (FindSlice(reference, commit) is not { } slice) throw new ModelRefusedException(Api.ExoErrorKind.ModelNotPulled, $"nothing of {model} at {commit[..8]} is on this node's disk");
        if (layers is { } range && !slice.Has(SliceOf(range.Start, range.End, LayerCount(slice.Folder))))
            throw new ModelRefusedException(Api.ExoErrorKind.ModelNotPulled, $"of {model} at {commit[..8]} the layers {range.Start} to {range.End - 1} are not all on this node's disk");
        return slice.Folder;
    }

    /// <summary>Null where nobody can tell: a model of a kind that Exo doesn't run is held for others, not for layers.</summary>
    private int? LayerCountOf(string path)
    {
        try
        {
            return LayerCount(path);
        }
        catch (Engine.InvalidModelException)
        {
            return null;
        }
    }
}
