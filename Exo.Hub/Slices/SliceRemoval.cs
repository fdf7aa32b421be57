using Exo.Hub.Protocol;
using Exo.Hub.Store;

namespace Exo.Hub.Slices;

/// <summary>Takes slices out of their store: each one's facts first, so that from then on it is none, whatever happens. What a removal that was cut off left goes too.</summary>
internal sealed class SliceRemoval(SliceStore store, ModelReference reference, bool allRevisions)
{
    private readonly (string Slices, string Refs) _folders = store.FoldersOf(reference);

    /// <inheritdoc cref="SliceStore.Remove"/>
    public long? Run()
    {
        var commit = allRevisions ? null : store.CommitOf(reference);
        var going = Slices().Where(slice => (allRevisions || slice.Commit == commit) && IsAsked(slice.Variant)).Select(slice => slice.Folder).ToList();
        if (going.Count == 0) return null;
        var held = new List<StoreLock>();
        try
        {
            foreach (var folder in going) held.Add(StoreLock.TryTake(store.LockOf(folder), TimeProvider.System) ?? throw Busy());
            long freed = 0;
            foreach (var folder in going)
            {
                freed += SliceStore.Read(folder)?.ByteCount ?? 0;
                File.Delete(Path.Combine(folder, SliceFacts.FileName));
                Directory.Delete(folder, recursive: true);
            }
            ForgetRefs();
            return freed;
        }
        finally
        {
            foreach (var taken in held) taken.Dispose();
        }
    }

    /// <summary>The quantisations of a commit are different models; a name without one means all of them.</summary>
    private bool IsAsked(string? variant) => reference.Variant is null || reference.Variant.Equals(variant, StringComparison.OrdinalIgnoreCase);

    /// <summary>By their folders' names: what a removal that was cut off left has no facts.</summary>
    private IEnumerable<(string Folder, string Commit, string? Variant)> Slices() => Directory.Exists(_folders.Slices)
        ? Directory.EnumerateDirectories(_folders.Slices)
            .Select(folder => (Folder: folder, Parts: Path.GetFileName(folder).Split('.', 2)))
            .Where(slice => ModelReference.IsCommitHash(slice.Parts[0]))
            .Select(slice => (slice.Folder, slice.Parts[0], slice.Parts.ElementAtOrDefault(1)))
        : [];

    /// <summary>Names whose commit is gone, and the repository's folder with the last of them.</summary>
    private void ForgetRefs()
    {
        var left = Slices().Select(slice => slice.Commit).ToHashSet(StringComparer.Ordinal);
        if (Directory.Exists(_folders.Refs))
        {
            foreach (var name in Directory.EnumerateFiles(_folders.Refs, "*", SearchOption.AllDirectories).ToList())
                if (AtomicFile.Read(name) is { } commit && !left.Contains(commit)) File.Delete(name);
            if (left.Count == 0 && !Directory.EnumerateFiles(_folders.Refs, "*", SearchOption.AllDirectories).Any()) Directory.Delete(_folders.Refs, recursive: true);
        }
        if (!Directory.EnumerateFileSystemEntries(_folders.Slices).Any()) Directory.Delete(_folders.Slices);
    }

    private HubException Busy() => new(HubError.Busy, $"A slice of {reference} is being fetched just now. Wait until that ends, or cancel it, and remove it then.");
}
