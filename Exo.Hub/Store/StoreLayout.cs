using Exo.Hub.Protocol;

namespace Exo.Hub.Store;

/// <summary>Where things lie in the store. One repository's folders; every path that comes out lies below the store's folder.</summary>
internal sealed class StoreLayout(string cacheFolder, string repositoryId)
{
    /// <summary>Ends a file that is still loading. Unlike Python's ".incomplete", whose size says how much has come; ours is sparse.</summary>
    public const string PartialSuffix = ".exo.incomplete";

    public string RepositoryId => repositoryId;

    /// <summary>Makes a symbolic link of a name and a target; fails where the system or its rights know none.</summary>
    public required Action<string, string> MakeLink { get; init; }

    public string RepositoryFolder { get; } = Path.Combine(cacheFolder, ModelReference.StoreFolderName(repositoryId));

    public string Blobs => Path.Combine(RepositoryFolder, "blobs");

    public string Refs => Path.Combine(RepositoryFolder, "refs");

    public string Snapshots => Path.Combine(RepositoryFolder, "snapshots");

    /// <summary>Our own notes about commits: Python tools do not look there.</summary>
    public string Manifests => Path.Combine(RepositoryFolder, ".exo");

    public string Blob(ContentHash hash) => Path.Combine(Blobs, hash.Text);

    public string Partial(ContentHash hash) => Path.Combine(Blobs, hash.Text + PartialSuffix);

    /// <summary>The journal of a file that is loading, or of a blob whose bytes are not known to have reached the disk.</summary>
    public string Journal(ContentHash hash) => Partial(hash) + Transfer.TransferRequest.JournalSuffix;

    /// <summary>
    /// Whether the blob has its name and not yet its place on the disk: its journal is still there. While somebody holds its lock that is as it should be;
    /// otherwise a power cut may have taken bytes, and it counts as loading until it is checked.
    /// </summary>
    public bool IsUnsettled(ContentHash hash) => File.Exists(Journal(hash)) && !File.Exists(Partial(hash));

    /// <summary>As <see cref="IsUnsettled"/>, and nobody is at work on it.</summary>
    public bool IsDoubtful(ContentHash hash)
    {
        if (!IsUnsettled(hash)) return false;
        try
        {
            using var idle = StoreLock.TryTake(Lock(hash), TimeProvider.System);
            return idle is not null && IsUnsettled(hash);
        }
        catch (UnauthorizedAccessException)
        {
            return true; // Who may only read the store cannot know that somebody is at work.
        }
    }

    /// <summary>
    /// Has a file whose bytes are wrong count as loading, with nothing landed: the next pull fetches it anew. Where somebody is at work on it nothing is
    /// done: what they write is checked.
    /// </summary>
    public void Distrust(ContentHash hash)
    {
        using var idle = StoreLock.TryTake(Lock(hash), TimeProvider.System);
        if (idle is null) return;
        File.Delete(Partial(hash));
        File.WriteAllBytes(Journal(hash), []);
    }

    /// <summary>The lock that huggingface_hub takes for the same blob.</summary>
    public string Lock(ContentHash hash) => Path.Combine(cacheFolder, ".locks", ModelReference.StoreFolderName(repositoryId), hash.Text + ".lock");

    public string Ref(string revision) => Path.Combine([Refs, .. revision.Split('/')]);

    public string Snapshot(string commit) => Path.Combine(Snapshots, commit);

    public string SnapshotFile(string commit, string path) => Path.Combine([Snapshots, commit, .. RepositoryPath.Checked(path).Split('/')]);

    public string Manifest(string commit) => Path.Combine(Manifests, commit + ".json");

    /// <summary>The repository's name where the folder is one of the store's: "models--org--name".</summary>
    public static string? RepositoryIdOf(string folder)
    {
        const string Prefix = "models--";
        var name = Path.GetFileName(folder);
        if (!name.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var id = name[Prefix.Length..].Replace("--", "/", StringComparison.Ordinal);
        return ModelReference.TryParse(id, out var reference) && reference.FolderName == name ? reference.RepositoryId : null;
    }
}
