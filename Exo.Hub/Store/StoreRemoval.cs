using Exo.Hub.Protocol;

namespace Exo.Hub.Store;

/// <summary>Takes snapshots out of the store: names first, bytes last, so that a crash in between leaves no name without its bytes.</summary>
internal static class StoreRemoval
{
    /// <summary>How long a file that is verified and on its way to the disk is waited for.</summary>
    private static readonly TimeSpan LongestSettling = TimeSpan.FromMinutes(1);

    public static RemovedModels Remove(SnapshotReader reader, ModelReference reference, bool allRevisions, TimeProvider time)
    {
        var layout = reader.Layout;
        var refs = reader.Refs();
        var commits = reader.Commits().Union(reader.ListedCommits()).ToList();
        var removed = allRevisions ? commits : commits.Where(commit => commit == reader.CommitOf(reference)).ToList();
        var hasPartials = allRevisions && Directory.Exists(layout.Blobs);
        if (removed.Count == 0 && !hasPartials) throw HubCache.NotInStore(reference, layout);
        if (reference.Variant is { } variant)
        {
            var part = new VariantRemoval(reader, variant, removed.Contains);
            if (part.FindsNothing) throw HubCache.NotInStore(reference, layout);
            if (!part.LeavesNothing)
            {
                CheckIdle(layout, part.Hashes.Contains, time); // Another quantisation may well be on its way.
                return new VariantRemoval(reader, variant, removed.Contains).Remove(time); // By what is here now that they have settled.
            }
        }
        CheckIdle(layout, _ => true, time);

        var shown = commits.ToDictionary(commit => commit, commit => reader.Read(commit, null, refs)?.Files ?? []);
        var blobs = Directory.Exists(layout.Blobs) ? Directory.EnumerateFiles(layout.Blobs).ToHashSet(StringComparer.Ordinal) : [];
        blobs.ExceptWith(commits.Except(removed).SelectMany(commit => shown[commit]).Select(file => file.DiskPath));
        if (!allRevisions) blobs.IntersectWith(removed.SelectMany(commit => shown[commit]).Select(file => file.DiskPath));
        using var halves = new HalfFetched(layout, allRevisions ? [] : HalvesOf(reader, removed), time); // Of all revisions every file goes.

        foreach (var name in refs.Where(pair => removed.Contains(pair.Value)).Select(pair => pair.Key)) File.Delete(layout.Ref(name));
        long freed = 0;
        foreach (var commit in removed)
        {
            freed += shown[commit].Where(file => !file.DiskPath.StartsWith(layout.Blobs, StringComparison.Ordinal)).Sum(file => file.ByteCount);
            if (Directory.Exists(layout.Snapshot(commit))) Directory.Delete(layout.Snapshot(commit), recursive: true); // Does not follow links.
            if (File.Exists(layout.Manifest(commit))) File.Delete(layout.Manifest(commit)); // What other tools fetched has none, nor a folder for it.
        }
        foreach (var blob in blobs)
        {
            freed += SizeOnDisk(blob);
            File.Delete(blob);
            if (ContentHash.TryParse(Path.GetFileName(blob), out var hash) && layout.IsUnsettled(hash)) File.Delete(layout.Journal(hash));
        }
        freed += halves.Delete();
        if (allRevisions || IsEmpty(layout)) Directory.Delete(layout.RepositoryFolder, recursive: true);
        return new RemovedModels([.. removed.Select(commit => $"{reference.RepositoryId}@{commit}")], freed);
    }

    /// <summary>
    /// Nothing of what goes may be on its way into the repository, from this process or another. A pull says "done" when its bytes are verified and gives its locks back
    /// when the disk has them: that is waited for, since whoever was told "done" may remove.
    /// </summary>
    private static void CheckIdle(StoreLayout layout, Func<ContentHash, bool> goes, TimeProvider time)
    {
        if (!Directory.Exists(layout.Blobs)) return;
        using var patience = new CancellationTokenSource(LongestSettling, time);
        foreach (var name in Directory.EnumerateFiles(layout.Blobs, "*.incomplete*").Select(Path.GetFileName).ToList())
        {
            if (!ContentHash.TryParse(name!.Split('.')[0], out var hash) || !goes(hash)) continue;
            try
            {
                using var held = StoreLock.TakeAsync(layout.Lock(hash), () => File.Exists(layout.Partial(hash)), time, patience.Token).GetAwaiter().GetResult();
                if (held is null) throw HalfFetched.Busy(layout);
            }
            catch (OperationCanceledException) when (patience.IsCancellationRequested)
            {
                throw new HubException(HubError.Busy, $"{layout.RepositoryId} is pulled and still being written to the disk. Remove it when the disk has come to rest.");
            }
        }
    }

    private static bool IsEmpty(StoreLayout layout) =>
        !new DirectoryInfo(layout.RepositoryFolder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Any(entry => entry is FileInfo || entry.LinkTarget is not null);

    /// <summary>What pulls of these commits may have begun, and none of another commit that is known here.</summary>
    private static IEnumerable<ContentHash> HalvesOf(SnapshotReader reader, List<string> commits)
    {
        IEnumerable<ContentHash> Named(IEnumerable<string> of) => of.SelectMany(commit => SnapshotManifest.Load(reader.Layout, commit)?.Files ?? []).Select(file => file.Hash);
        return Named(commits).Except(Named(reader.ListedCommits().Except(commits)));
    }

    private static long SizeOnDisk(string blob) =>
        blob.EndsWith(StoreLayout.PartialSuffix, StringComparison.Ordinal)
            ? Transfer.RangeJournal.Read(blob + Transfer.TransferRequest.JournalSuffix)?.Landed.ByteCount ?? 0
            : blob.EndsWith(Transfer.TransferRequest.JournalSuffix, StringComparison.Ordinal) ? 0 : new FileInfo(blob).Length;
}
