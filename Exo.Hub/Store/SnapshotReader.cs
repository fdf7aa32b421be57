using Exo.Hub.Protocol;
using Exo.Hub.Pulls;
using Exo.Hub.Transfer;

namespace Exo.Hub.Store;

/// <summary>Reads one repository's folder: refs, snapshots and whether a snapshot is whole.</summary>
internal sealed class SnapshotReader(StoreLayout layout)
{
    public StoreLayout Layout => layout;

    /// <summary>Each ref's name and commit.</summary>
    public IReadOnlyDictionary<string, string> Refs()
    {
        var refs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (!Directory.Exists(Layout.Refs)) return refs;
        foreach (var path in Directory.EnumerateFiles(Layout.Refs, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(Layout.Refs, path).Replace('\\', '/');
            if (!name.EndsWith(".tmp", StringComparison.Ordinal) && AtomicFile.Read(path) is { } commit && ModelReference.IsCommitHash(commit)) refs[name] = commit;
        }
        return refs;
    }

    /// <summary>The commit that a revision means here; null where the store does not know.</summary>
    public string? CommitOf(ModelReference reference) =>
        reference.IsCommit ? reference.Revision
            : AtomicFile.Read(Layout.Ref(reference.Revision)) is { } commit && ModelReference.IsCommitHash(commit) ? commit : null;

    /// <summary>The commits that have a snapshot folder; a link that leads elsewhere is none.</summary>
    public IEnumerable<string> Commits() => Directory.Exists(Layout.Snapshots)
        ? new DirectoryInfo(Layout.Snapshots).EnumerateDirectories().Where(folder => folder.LinkTarget is null).Select(folder => folder.Name).Where(ModelReference.IsCommitHash).Order(StringComparer.Ordinal)
        : [];

    /// <summary>The commits whose list of files is kept: those that a pull has begun, also where it has shown nothing yet.</summary>
    public IEnumerable<string> ListedCommits() => Directory.Exists(Layout.Manifests)
        ? Directory.EnumerateFiles(Layout.Manifests, "*.json").Select(path => Path.GetFileNameWithoutExtension(path)!).Where(ModelReference.IsCommitHash).Order(StringComparer.Ordinal)
        : [];

    /// <summary>The snapshot; null where the store has no folder for it.</summary>
    public StoredModel? Read(string commit, string? variant, IReadOnlyDictionary<string, string>? refs = null)
    {
        var folder = new DirectoryInfo(Layout.Snapshot(commit));
        if (!folder.Exists || folder.LinkTarget is not null) return null;
        var manifest = SnapshotManifest.Load(Layout, commit);
        var known = manifest?.Files.ToDictionary(file => file.Path, StringComparer.Ordinal);

        var files = new List<StoredFile>();
        foreach (var path in Paths(folder, "").Order(StringComparer.Ordinal))
        {
            if (ReadFile(commit, path, known?.GetValueOrDefault(path)) is { } file) files.Add(file);
        }
        var weights = SnapshotWeights.Of(manifest, files);
        return new StoredModel
        {
            RepositoryId = layout.RepositoryId,
            Commit = commit,
            Refs = [.. (refs ?? Refs()).Where(pair => pair.Value == commit).Select(pair => pair.Key)],
            SnapshotFolder = folder.FullName,
            IsComplete = !files.Exists(file => file.IsDoubtful) && weights.PathOf(variant) is not null,
            Weights = weights,
            ByteCount = files.Sum(file => file.ByteCount) + (manifest is null ? 0 : LandedByteCount(manifest, files)),
            Files = files,
            Modified = folder.LastWriteTimeUtc,
        };
    }

    /// <summary>A commit whose pull has begun and shown no file yet, so that there is no folder for it; null where nothing has landed.</summary>
    public StoredModel? ReadBegun(string commit, IReadOnlyDictionary<string, string> refs)
    {
        if (Directory.Exists(Layout.Snapshot(commit)) || SnapshotManifest.Load(Layout, commit) is not { } manifest || LandedByteCount(manifest, []) is not (> 0 and var landed)) return null;
        return new StoredModel
        {
            RepositoryId = layout.RepositoryId,
            Commit = commit,
            Refs = [.. refs.Where(pair => pair.Value == commit).Select(pair => pair.Key)],
            SnapshotFolder = new DirectoryInfo(Layout.Snapshot(commit)).FullName,
            IsComplete = false,
            ByteCount = landed,
            Files = [],
            Modified = File.GetLastWriteTimeUtc(Layout.Manifest(commit)),
        };
    }

    /// <summary>What a snapshot of other tools lacks, as far as it tells: what its links lead to, and what <see cref="ForeignSnapshot"/> misses.</summary>
    public IEnumerable<string> Lacks(StoredModel model, string? variant)
    {
        var gone = Paths(new DirectoryInfo(model.SnapshotFolder), "").Except(model.Files.Select(file => file.Path)).ToList();
        var named = model.Files.Concat(gone.Select(path => new StoredFile { Path = path, DiskPath = Layout.SnapshotFile(model.Commit, path), ByteCount = 0 }));
        return gone.Union(ForeignSnapshot.Lacks([.. named], variant)).Order(StringComparer.Ordinal);
    }

    /// <summary>One entry of a snapshot; null where it is missing or leads elsewhere.</summary>
    public StoredFile? ReadFile(string commit, string path, HubFile? announced)
    {
        if (SnapshotLinks.Resolve(Layout, commit, path) is not { } file) return null;
        var isBlob = ContentHash.TryParse(file.Name, out var hash) && Path.GetDirectoryName(file.FullName) == Path.GetFullPath(Layout.Blobs);
        return new StoredFile
        {
            Path = path, DiskPath = file.FullName, ByteCount = file.Length, Hash = isBlob ? hash : announced?.Hash, IsDoubtful = (isBlob ? hash : announced?.Hash) is { } own && Layout.IsDoubtful(own),
        };
    }

    /// <summary>What has come of files that are still loading.</summary>
    private long LandedByteCount(SnapshotManifest manifest, List<StoredFile> files)
    {
        var here = files.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        return manifest.Files.Where(file => !here.Contains(file.Path)).DistinctBy(file => file.Hash).Where(file => File.Exists(Layout.Partial(file.Hash)))
            .Sum(file => RangeJournal.Read(Layout.Journal(file.Hash))?.Landed.ByteCount ?? 0);
    }

    private static IEnumerable<string> Paths(DirectoryInfo folder, string prefix)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo { LinkTarget: null } inner)
            {
                foreach (var path in Paths(inner, prefix + inner.Name + "/")) yield return path;
            }
            else if (entry is FileInfo && RepositoryPath.IsSafe(prefix + entry.Name) && !(entry.Name.StartsWith('.') && entry.Name.EndsWith(".tmp", StringComparison.Ordinal)))
            {
                yield return prefix + entry.Name;
            }
        }
    }
}
