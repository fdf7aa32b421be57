using Exo.Hub.Protocol;

namespace Exo.Hub.Store;

/// <summary>
/// The store on disk, in the Hugging Face cache layout: <c>models--org--name/{blobs,refs,snapshots}</c> and <c>.locks</c>. What Python tools
/// fetched is found here and the other way round. Reads the disk anew each time and keeps nothing in memory.
/// </summary>
public sealed class HubCache(HubOptions options)
{
    /// <summary>The store's folder.</summary>
    public string Folder { get; } = options.CacheFolder;

    /// <summary>Every snapshot in the store, by name. A store that isn't there yet is empty.</summary>
    public IReadOnlyList<StoredModel> List() => throw new NotImplementedException();

    /// <summary>The model's snapshot where it is in the store and whole; null otherwise. Asks no server.</summary>
    public StoredModel? Find(ModelReference reference) => throw new NotImplementedException();

    /// <summary>One file for serving it to others: whole, or loading with the ranges that are verified; null where the store has none of it.</summary>
    /// <param name="repositoryId">"org/name".</param>
    /// <param name="revision">A ref of the store or a commit.</param>
    /// <param name="path">The path in the repository; an unsafe one is simply not found.</param>
    public StoredFile? FindFile(string repositoryId, string revision, string path) => throw new NotImplementedException();

    /// <summary>Takes a model out: one revision where the reference names one, all of them otherwise. Blobs that other snapshots use stay.</summary>
    /// <param name="reference">What to remove.</param>
    /// <param name="allRevisions">Every revision of the repository instead of the named one.</param>
    /// <exception cref="HubException"><see cref="HubError.NotInStore"/>, <see cref="HubError.Busy"/> while it is being pulled.</exception>
    public RemovedModels Remove(ModelReference reference, bool allRevisions = false) => throw new NotImplementedException();

    /// <summary>Hashes the model's files on a thread of its own and gives each one's verdict as it is known.</summary>
    /// <exception cref="HubException"><see cref="HubError.NotInStore"/>.</exception>
    public IAsyncEnumerable<CheckedFile> VerifyAsync(ModelReference reference, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>What the store takes and what is free.</summary>
    public StoreUse DiskUse() => throw new NotImplementedException();
}
