using Exo.Hub.Protocol;
using Exo.Hub.Pulls;

namespace Exo.Hub.Store;

/// <summary>
/// Which weights of a snapshot can be opened: its folder, or one of its GGUF quantisations, which is here when all of its parts are. What counts as whole and
/// what is opened are one answer, by the labels and preferences that pulls go by (<see cref="GgufChoice"/>).
/// </summary>
/// <param name="quantisations">By label, each with all of its files, also those that are not here.</param>
/// <param name="isHere">Whether all that a quantisation needs is here.</param>
/// <param name="isFolderHere">Whether the folder can be opened, and comes before every quantisation.</param>
internal sealed class SnapshotWeights(IReadOnlyDictionary<string, List<HubFile>> quantisations, Func<string, bool> isHere, bool isFolderHere)
{
    /// <summary>Looks at a snapshot.</summary>
    /// <param name="manifest">The commit's files as the hub gave them; null for a snapshot of other tools.</param>
    /// <param name="files">What is here.</param>
    public static SnapshotWeights Of(SnapshotManifest? manifest, IReadOnlyList<StoredFile> files) => manifest is null ? ForeignSnapshot.Weights(files) : Listed(manifest, files);

    /// <summary>
    /// The path in the snapshot of what a variant means: of a quantisation the file or its first part, "" for the folder. Without a variant it is the folder, else of the
    /// quantisations that are here the one that a pull would prefer. Null where it is not here, or not all of it.
    /// </summary>
    public string? PathOf(string? variant)
    {
        if (variant is null && isFolderHere) return "";
        var eligible = variant is null ? quantisations.Where(pair => isHere(pair.Key)).ToDictionary(StringComparer.OrdinalIgnoreCase) : quantisations;
        return GgufChoice.Choose(eligible, variant) is { } label && isHere(label) ? quantisations[label].Select(file => file.Path).Min(StringComparer.Ordinal) : null;
    }

    /// <summary>The quantisations that are here, in the order of their labels.</summary>
    public IReadOnlyList<StoredVariant> Variants() => [.. quantisations.Where(pair => isHere(pair.Key)).Select(pair => new StoredVariant(pair.Key, pair.Value.Sum(file => file.ByteCount)))];

    private static SnapshotWeights Listed(SnapshotManifest manifest, IReadOnlyList<StoredFile> files)
    {
        var here = files.ToDictionary(file => file.Path, file => file.ByteCount, StringComparer.Ordinal);
        return new SnapshotWeights(GgufChoice.Groups(manifest.Files), label => IsHere(Wanted(label)), Wanted(null) is { } wanted && !wanted.Any(GgufChoice.IsModel) && IsHere(wanted));

        bool IsHere(IReadOnlyList<HubFile>? wanted) => wanted?.Where(FileSelection.IsEssential).All(file => here.TryGetValue(file.Path, out var size) && size == file.ByteCount) is true;

        IReadOnlyList<HubFile>? Wanted(string? label)
        {
            try
            {
                return FileSelection.Choose(manifest.RepositoryId, manifest.Files, label, new PullOptions()).Chosen;
            }
            catch (HubException nothing) when (nothing.Error == HubError.NothingToPull)
            {
                return null;
            }
        }
    }
}
