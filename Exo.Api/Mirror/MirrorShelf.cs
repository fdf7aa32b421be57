using Exo.Hub;
using Exo.Hub.Slices;
using Exo.Hub.Store;

namespace Exo.Api.Mirror;

/// <summary>What the mirror may hand out: whole models of the cache, and of anything else the ranges that are verified.</summary>
internal sealed class MirrorShelf(HubCache cache, SliceStore? slices)
{
    public RangeVerifier Verifier { get; } = new();

    /// <summary>The model where it is whole; null otherwise, because a list of files that lacks some would be believed.</summary>
    public Exo.Hub.Store.StoredModel? Find(ModelReference reference) =>
        cache.Find(reference) is { IsComplete: true } model && model.Files.All(file => file.IsWhole && file.Hash is not null) ? model : null;

    /// <summary>Whether something of the repository is here that may become whole.</summary>
    public bool HasPartOf(string repositoryId) => cache.HasPartOf(repositoryId);

    /// <summary>Where the file's bytes lie here: whole first, then what is loading, then slices.</summary>
    public IEnumerable<StoredFile> Files(MirrorAddress address)
    {
        var (repository, revision) = (address.Reference.RepositoryId, address.Reference.Revision);
        if (cache.FindFile(repository, revision, address.Path) is { } cached) yield return cached;
        if (slices?.FindFile(repository, revision, address.Path) is { } sliced) yield return sliced;
    }

    /// <summary>The commit that the revision means here; null where nobody knows.</summary>
    public string? CommitOf(ModelReference reference) => reference.IsCommit ? reference.Revision
        : cache.FindFileList(reference.RepositoryId, reference.Revision)?.Commit ?? cache.FindSnapshot(reference.RepositoryId, reference.Revision)?.Commit ?? slices?.Find(reference)?.Commit;
}
