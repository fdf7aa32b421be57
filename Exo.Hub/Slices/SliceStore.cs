using System.Text.Json;
using Exo.Hub.Protocol;
using Exo.Hub.Store;
using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>
/// The slices on disk: <c>models--org--name/{refs,commit…}</c>, apart from the shared cache because a file with holes must never be taken for a
/// whole one. Reads the disk anew each time and keeps nothing in memory.
/// </summary>
public sealed class SliceStore
{
    private const string RefsFolder = "refs";
    private const string LocksFolder = ".locks";

    /// <param name="folder">Where slices are kept; made when the first one is fetched.</param>
    public SliceStore(string folder) => Folder = Path.GetFullPath(folder);

    /// <summary>Where slices are kept.</summary>
    public string Folder { get; }

    /// <summary>
    /// <c>.exo-slices</c> in the shared cache's own folder: where that is a volume its parent is another disk, and the room for slices is reserved on the
    /// cache's. Its name is none of a repository, so that those who list the cache, Python's tools too, take it for no model.
    /// </summary>
    public static string DefaultFolder(HubOptions options) => Path.Combine(Path.GetFullPath(options.CacheFolder), ".exo-slices");

    /// <summary>Every model of which something is here.</summary>
    public IReadOnlyList<StoredSlice> List()
    {
        if (!Directory.Exists(Folder)) return [];
        var commits = Directory.EnumerateDirectories(Folder, "models--*").SelectMany(Directory.EnumerateDirectories);
        return [.. commits.Select(Read).OfType<StoredSlice>().OrderBy(slice => slice.RepositoryId, StringComparer.Ordinal)];
    }

    /// <summary>What is here of a model; null where nothing is. Asks no server.</summary>
    public StoredSlice? Find(ModelReference reference) => CommitOf(reference) is { } commit ? Read(reference.RepositoryId, commit, reference.Variant) : null;

    /// <summary>One file for serving its ranges to others; null where the store has none of it.</summary>
    /// <param name="repositoryId">"org/name".</param>
    /// <param name="revision">A revision that was fetched, or a commit.</param>
    /// <param name="path">The path in the repository; an unsafe one is simply not found.</param>
    public StoredFile? FindFile(string repositoryId, string revision, string path)
    {
        if (!ModelReference.TryParse($"{repositoryId}@{revision}", out var reference) || reference.RepositoryId != repositoryId || CommitOf(reference) is not { } commit) return null;
        var model = Path.Combine(Folder, reference.FolderName);
        if (!Directory.Exists(model)) return null;
        foreach (var folder in Directory.EnumerateDirectories(model, commit + "*"))
            if (ReadFacts(folder)?.Files.FirstOrDefault(fact => fact.Path == path) is { } fact && ReadFile(folder, fact) is { } file) return file;
        return null;
    }

    /// <summary>Takes a model's slices out: of one revision where the reference names one, of all otherwise; of a named variant only its own.</summary>
    /// <param name="reference">What to remove.</param>
    /// <param name="allRevisions">Every revision instead of the named one.</param>
    /// <returns>Bytes freed; null where nothing was here.</returns>
    /// <exception cref="HubException">
    /// <see cref="HubError.Busy"/> while one of them is being fetched: then all stay. <see cref="HubError.StoreFailed"/>: the store may not be written.
    /// </exception>
    public long? Remove(ModelReference reference, bool allRevisions = false)
    {
        try
        {
            return new SliceRemoval(this, reference, allRevisions).Run();
        }
        catch (Exception refused) when (DiskFailure.Is(refused))
        {
            throw DiskFailure.Of(refused, Path.Combine(Folder, reference.FolderName));
        }
    }

    /// <summary>Apart from the slice, which it outlives: a lock that were deleted with it could be held twice.</summary>
    internal string LockOf(string folder) => Path.Combine(Folder, LocksFolder, Path.GetFileName(Path.GetDirectoryName(folder))!, Path.GetFileName(folder) + ".lock");

    /// <summary>Where a repository's slices lie, and the names of the revisions that were fetched.</summary>
    internal (string Slices, string Refs) FoldersOf(ModelReference reference)
    {
        var slices = Path.Combine(Folder, reference.FolderName);
        return (slices, Path.Combine(slices, RefsFolder));
    }

    internal string FolderOf(WeightMap map) => FolderOf(map.Model.RepositoryId, map.Model.Commit, map.Reference?.Variant);

    internal StoredSlice? Read(string repositoryId, string commit, string? variant) => Read(FolderOf(repositoryId, commit, variant));

    internal StoredSlice? Read(WeightMap map) => Read(FolderOf(map));

    internal SliceFacts? Facts(WeightMap map) => ReadFacts(FolderOf(map));

    /// <summary>The commit that the reference meant when it was last fetched.</summary>
    internal string? CommitOf(ModelReference reference)
    {
        if (reference.IsCommit) return reference.Revision;
        return AtomicFile.Read(RefFile(reference)) is { } commit && ModelReference.IsCommitHash(commit) ? commit : null;
    }

    internal void PointRef(ModelReference reference, string commit)
    {
        if (!reference.IsCommit) AtomicFile.Write(RefFile(reference), commit);
    }

    internal SliceFacts? Facts(string repositoryId, string commit, string? variant) => ReadFacts(FolderOf(repositoryId, commit, variant));

    internal void WriteFacts(WeightMap map, SliceFacts facts) =>
        AtomicFile.Write(Path.Combine(FolderOf(map), SliceFacts.FileName), JsonSerializer.SerializeToUtf8Bytes(facts, SliceJson.Default.SliceFacts));

    private string FolderOf(string repositoryId, string commit, string? variant) =>
        Path.Combine(Folder, ModelReference.StoreFolderName(repositoryId), FolderName(commit, variant));

    /// <summary>The quantisations of one commit are different models.</summary>
    private static string FolderName(string commit, string? variant) => variant is null ? commit : $"{commit}.{variant}";

    internal static StoredSlice? Read(string folder)
    {
        if (ReadFacts(folder) is not { } facts) return null;
        var files = facts.Files.Select(fact => ReadFile(folder, fact)).OfType<StoredFile>().ToList();
        return new StoredSlice
        {
            RepositoryId = facts.Repository,
            Commit = facts.Commit,
            Variant = facts.Variant,
            Folder = folder,
            Ready = files.Count == facts.Files.Count ? facts.Ready : [], // Somebody took a file away: nothing is ready until it is back.
            Files = files,
        };
    }

    private static StoredFile? ReadFile(string folder, SliceFact fact)
    {
        var path = Path.Combine(folder, fact.Path);
        if (!File.Exists(path)) return null;
        RangeSet? verified = null;
        if (fact.IsWeights)
        {
            var journal = RangeJournal.Read(path + TransferRequest.JournalSuffix);
            if (journal is null || journal.ETag != fact.Hash || journal.FileByteCount != fact.ByteCount) return null;
            verified = journal.Landed;
        }
        return new StoredFile { Path = fact.Path, DiskPath = path, ByteCount = fact.ByteCount, Hash = ContentHash.Parse(fact.Hash), Verified = verified };
    }

    /// <summary>Null for a folder without facts, or with facts that are not of this folder or lead out of it.</summary>
    private static SliceFacts? ReadFacts(string folder)
    {
        try
        {
            var facts = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, SliceFacts.FileName)), SliceJson.Default.SliceFacts);
            var isSound = facts is not null && FolderName(facts.Commit, facts.Variant) == Path.GetFileName(folder)
                && ModelReference.StoreFolderName(facts.Repository) == Path.GetFileName(Path.GetDirectoryName(folder))
                && facts.Files.All(file => RepositoryPath.IsSafe(file.Path) && ContentHash.TryParse(file.Hash, out _));
            return isSound ? facts : null;
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    private string RefFile(ModelReference reference) =>
        Path.Combine(Folder, reference.FolderName, RefsFolder, reference.Revision.Replace('/', Path.DirectorySeparatorChar));
}
