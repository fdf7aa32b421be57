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
        var commits = reader.Commits().ToList();
        var removed = allRevisions ? commits : commits.Where(commit => commit == reader.CommitOf(reference)).ToList();
        var hasPartials = allRevisions && Directory.Exists(layout.Blobs);
        if (removed.Count == 0 && !hasPartials) throw HubCache.NotInStore(reference, layout);
        CheckIdle(layout, reference, time);
        if (reference.Variant is { } variant)
        {
            var snapshots = commits.Select(commit => reader.Read(commit, null, refs)!).ToList();
            var files = snapshots.Where(model => removed.Contains(model.Commit)).Select(model => (Model: model, Files: VariantRemoval.FilesOf(model, variant))).Where(entry => entry.Files.Count > 0).ToList();
            if (files.Count == 0) throw HubCache.NotInStore(reference, layout);
            if (files.Exists(entry => VariantRemoval.HasOtherWeights(entry.Model, entry.Files)) || files.Count < commits.Count)
            {
                return new RemovedModels([.. files.Select(entry => $"{reference.RepositoryId}:{variant}@{entry.Model.Commit}")], VariantRemoval.Remove(layout, snapshots, files));
            }
        }

        foreach (var name in refs.Where(pair => removed.Contains(pair.Value)).Select(pair => pair.Key)) File.Delete(layout.Ref(name));
        var blobs = Directory.Exists(layout.Blobs) ? Directory.EnumerateFiles(layout.Blobs).ToHashSet(StringComparer.Ordinal) : [];
        foreach (var commit in commits.Except(removed)) blobs.ExceptWith(reader.Read(commit, null, refs)!.Files.Select(file => file.DiskPath));
        if (!allRevisions)
        {
            // Another revision may have begun a half-fetched file: only what the removed ones show goes.
            blobs.IntersectWith(removed.SelectMany(commit => reader.Read(commit, null, refs)!.Files.Select(file => file.DiskPath)));
        }

        long freed = 0;
        foreach (var commit in removed)
        {
            freed += reader.Read(commit, null, refs)!.Files.Where(file => !file.DiskPath.StartsWith(layout.Blobs, StringComparison.Ordinal)).Sum(file => file.ByteCount);
            Directory.Delete(layout.Snapshot(commit), recursive: true); // Does not follow links.
            File.Delete(layout.Manifest(commit));
        }
        foreach (var blob in blobs)
        {
            freed += SizeOnDisk(blob);
            File.Delete(blob);
            if (ContentHash.TryParse(Path.GetFileName(blob), out var hash) && layout.IsUnsettled(hash)) File.Delete(layout.Journal(hash));
        }
        if (allRevisions) Directory.Delete(layout.RepositoryFolder, recursive: true);
        return new RemovedModels([.. removed.Select(commit => $"{reference.RepositoryId}@{commit}")], freed);
    }

    /// <summary>
    /// Nothing may be on its way into the repository, from this process or another. A pull says "done" when its bytes are verified and gives its locks back
    /// when the disk has them: that is waited for, since whoever was told "done" may remove.
    /// </summary>
    private static void CheckIdle(StoreLayout layout, ModelReference reference, TimeProvider time)
    {
        if (!Directory.Exists(layout.Blobs)) return;
        using var patience = new CancellationTokenSource(LongestSettling, time);
        foreach (var name in Directory.EnumerateFiles(layout.Blobs, "*.incomplete*").Select(Path.GetFileName).ToList())
        {
            if (!ContentHash.TryParse(name!.Split('.')[0], out var hash)) continue;
            try
            {
                using var held = StoreLock.TakeAsync(layout.Lock(hash), () => File.Exists(layout.Partial(hash)), time, patience.Token).GetAwaiter().GetResult();
                if (held is null) throw new HubException(HubError.Busy, $"{reference.RepositoryId} is being pulled just now. Wait until that ends, or cancel it, and remove it then.");
            }
            catch (OperationCanceledException) when (patience.IsCancellationRequested)
            {
                throw new HubException(HubError.Busy, $"{reference.RepositoryId} is pulled and still being written to the disk. Remove it when the disk has come to rest.");
            }
        }
    }

    private static long SizeOnDisk(string blob) =>
        blob.EndsWith(StoreLayout.PartialSuffix, StringComparison.Ordinal)
            ? Transfer.RangeJournal.Read(blob + Transfer.TransferRequest.JournalSuffix)?.Landed.ByteCount ?? 0
            : blob.EndsWith(Transfer.TransferRequest.JournalSuffix, StringComparison.Ordinal) ? 0 : new FileInfo(blob).Length;
}
