using Exo.Hub.Protocol;
using Exo.Hub.Pulls;

namespace Exo.Hub.Store;

/// <summary>Which stored files are one quantisation of a repository that holds several: <c>org/name:Q8_0</c> leaves the others where they are.</summary>
internal static class VariantRemoval
{
    /// <summary>The files of the asked quantisation in a snapshot; none where it isn't there.</summary>
    public static IReadOnlyList<StoredFile> FilesOf(StoredModel model, string variant)
    {
        var groups = GgufChoice.Groups(model.Files.Select(file => new HubFile { Path = file.Path, ByteCount = file.ByteCount, Hash = file.Hash ?? default }));
        if (groups.Count == 0 || GgufChoice.Choose(groups, variant) is not { } label) return [];
        var paths = groups[label].Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        return [.. model.Files.Where(file => paths.Contains(file.Path))];
    }

    /// <summary>Whether the snapshot is of use without the files: it holds other weights.</summary>
    public static bool HasOtherWeights(StoredModel model, IReadOnlyList<StoredFile> files) => model.Files.Except(files).Any(file =>
        file.Path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || GgufChoice.IsModel(new HubFile { Path = file.Path, ByteCount = file.ByteCount, Hash = file.Hash ?? default }));

    /// <summary>Takes the files out of their snapshots, and what no other entry shows off the disk.</summary>
    /// <param name="layout">The repository.</param>
    /// <param name="snapshots">All of its snapshots.</param>
    /// <param name="removed">The files that go, by snapshot.</param>
    /// <returns>Bytes freed.</returns>
    public static long Remove(StoreLayout layout, IReadOnlyList<StoredModel> snapshots, IReadOnlyList<(StoredModel Model, IReadOnlyList<StoredFile> Files)> removed)
    {
        var gone = removed.SelectMany(entry => entry.Files).ToList();
        var shown = snapshots.SelectMany(model => model.Files).Except(gone).Select(file => file.DiskPath).ToHashSet(StringComparer.Ordinal);
        foreach (var (model, files) in removed)
            foreach (var file in files) File.Delete(layout.SnapshotFile(model.Commit, file.Path)); // Names first, bytes last.

        long freed = 0;
        foreach (var file in gone.DistinctBy(file => file.DiskPath).Where(file => !shown.Contains(file.DiskPath)))
        {
            freed += file.ByteCount;
            File.Delete(file.DiskPath);
            if (file.Hash is { } hash && layout.IsUnsettled(hash)) File.Delete(layout.Journal(hash));
        }
        return freed;
    }
}
