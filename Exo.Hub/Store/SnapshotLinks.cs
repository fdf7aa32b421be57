namespace Exo.Hub.Store;

/// <summary>Shows blobs under their own names in a snapshot: relative symbolic links, or the files themselves where the system has no links.</summary>
internal static class SnapshotLinks
{
    private static readonly Lock Placing = new();

    /// <summary>Makes <paramref name="path"/> of the snapshot show the blob. Atomic: a reader sees the old file, or the new one.</summary>
    /// <param name="layout">The repository.</param>
    /// <param name="commit">The snapshot.</param>
    /// <param name="path">The path in the repository.</param>
    /// <param name="blob">The blob's file; it is moved into the snapshot where links fail and no other snapshot can know it.</param>
    /// <param name="isNew">Whether the blob was fetched just now.</param>
    public static void Link(StoreLayout layout, string commit, string path, string blob, bool isNew)
    {
        var pointer = layout.SnapshotFile(commit, path);
        var folder = MakeFolder(layout, commit, path);
        if (Directory.Exists(pointer)) throw new HubException(HubError.StoreFailed, $"{pointer} is a folder where a file belongs. Remove it and pull again.");
        var target = Path.GetRelativePath(folder, blob);
        if (new FileInfo(pointer).LinkTarget == target) return;

        var temporary = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
        try
        {
            if (TryLink(layout, temporary, target)) File.Move(temporary, pointer, overwrite: true);
            else lock (Placing) PlaceItself(layout, commit, pointer, temporary, blob, isNew);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static bool TryLink(StoreLayout layout, string link, string target)
    {
        try
        {
            layout.MakeLink(link, target);
            return true;
        }
        catch (Exception noLinks) when (noLinks is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return false;
        }
    }

    /// <summary>Puts the file itself there. One that was fetched for several names at once has gone to the first of them; the others copy it from there.</summary>
    private static void PlaceItself(StoreLayout layout, string commit, string pointer, string temporary, string blob, bool isNew)
    {
        var source = File.Exists(blob) ? blob : Twin(layout, commit, blob) ?? blob;
        if (source == pointer) return;
        if (isNew && source == blob) File.Move(source, temporary);
        else File.Copy(source, temporary);
        File.Move(temporary, pointer, overwrite: true);
    }

    /// <summary>Another entry of the snapshot that shows the blob's bytes; null where there is none.</summary>
    private static string? Twin(StoreLayout layout, string commit, string blob) => SnapshotManifest.Load(layout, commit)?.Files
        .Where(file => file.Hash.Text == Path.GetFileName(blob)).Select(file => Resolve(layout, commit, file.Path)?.FullName).FirstOrDefault(path => path is not null);

    /// <summary>
    /// The file that a snapshot's entry really is: itself, or a blob of the same repository. Null where there is none, or where a link leads anywhere else.
    /// </summary>
    public static FileInfo? Resolve(StoreLayout layout, string commit, string path)
    {
        if (!HasPlainFolders(layout, commit, path)) return null;
        var entry = new FileInfo(layout.SnapshotFile(commit, path));
        if (entry.LinkTarget is null) return entry.Exists ? entry : null;
        var target = Path.GetFullPath(entry.LinkTarget, entry.DirectoryName!);
        var blob = new FileInfo(target);
        return Path.GetDirectoryName(target) == Path.GetFullPath(layout.Blobs) && blob is { Exists: true, LinkTarget: null } ? blob : null;
    }

    /// <summary>Makes the folders for a path, none of which may be a link that leads elsewhere.</summary>
    private static string MakeFolder(StoreLayout layout, string commit, string path)
    {
        if (!HasPlainFolders(layout, commit, path))
        {
            throw new HubException(HubError.StoreFailed, $"A folder of {layout.SnapshotFile(commit, path)} is a link that leads elsewhere, which is refused. Remove it and pull again.");
        }
        var folder = Path.GetDirectoryName(layout.SnapshotFile(commit, path))!;
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>Whether no folder from the snapshot down to the file is a link.</summary>
    private static bool HasPlainFolders(StoreLayout layout, string commit, string path)
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(layout.SnapshotFile(commit, path))!);
        for (var depth = path.Count(c => c == '/'); depth >= 0; depth--, folder = folder.Parent!)
        {
            if (folder.LinkTarget is not null) return false;
        }
        return true;
    }
}
