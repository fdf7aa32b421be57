using System.Text.Json;
using System.Text.RegularExpressions;
using Exo.Hub.Protocol;
using Exo.Hub.Pulls;

namespace Exo.Hub.Store;

/// <summary>Judges a snapshot that other tools fetched. There is no list of what belongs to it, so it is told from the names and indexes that are here.</summary>
internal static partial class ForeignSnapshot
{
    private const string Configuration = "config.json";
    private const string IndexSuffix = ".safetensors.index.json";

    /// <summary>What of it can be opened.</summary>
    public static SnapshotWeights Weights(IReadOnlyList<StoredFile> files)
    {
        var here = Paths(files);
        var quantisations = Quantisations(files);
        // What PyTorch wrote comes after GGUF, as in a pull.
        var isFolderHere = LacksOfFolder(files).Count == 0 && (here.Any(IsSafetensors) || !quantisations.Keys.Any(IsHere));
        return new SnapshotWeights(quantisations, IsHere, isFolderHere);

        bool IsHere(string label) => quantisations[label].TrueForAll(part => here.Contains(part.Path));
    }

    /// <summary>Whether it has a quantisation, or a part of one, by its files' names.</summary>
    public static bool HasVariant(IEnumerable<StoredFile> files, string variant) => GgufChoice.Choose(Quantisations(files), variant) is not null;

    /// <summary>What it lacks. Where there are no weights at all, the name they would have; where an index names nothing, the index.</summary>
    public static IReadOnlyCollection<string> Lacks(IReadOnlyList<StoredFile> files, string? variant)
    {
        var here = Paths(files);
        var quantisations = Quantisations(files);
        if (variant is not null) return GgufChoice.Choose(quantisations, variant) is { } label ? MissingOf(quantisations[label]) : [$"{variant}.gguf"];

        var missing = LacksOfFolder(files);
        return missing.Count == 0 || quantisations.Count == 0 ? missing : quantisations.Values.Select(MissingOf).MinBy(parts => parts.Count)!; // Any whole quantisation will do.

        List<string> MissingOf(IEnumerable<HubFile> parts) => [.. parts.Select(part => part.Path).Where(path => !here.Contains(path))];
    }

    private static HashSet<string> LacksOfFolder(IReadOnlyList<StoredFile> files)
    {
        var here = Paths(files);
        var missing = new HashSet<string>(StringComparer.Ordinal);
        if (!here.Contains(Configuration)) missing.Add(Configuration);
        var indexes = files.Where(file => file.Path.EndsWith(IndexSuffix, StringComparison.Ordinal)).ToList();
        foreach (var index in indexes) missing.UnionWith(PartsOf(index) is { Count: > 0 } parts ? parts.Where(part => !here.Contains(part)) : [index.Path]);
        if (indexes.Count > 0 || here.Contains("pytorch_model.bin")) return missing;

        var weights = here.Where(IsSafetensors).ToList();
        if (weights.Count == 0) missing.Add("model.safetensors");
        else if (weights.TrueForAll(path => Part().IsMatch(path))) missing.Add("model" + IndexSuffix); // Parts are found by their index alone.
        return missing;
    }

    /// <summary>The quantisations that the names tell of, each with all of its parts.</summary>
    private static IReadOnlyDictionary<string, List<HubFile>> Quantisations(IEnumerable<StoredFile> files)
    {
        var sizes = files.Where(file => file.Path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)).ToDictionary(file => file.Path, file => file.ByteCount, StringComparer.Ordinal);
        return GgufChoice.Groups(sizes.Keys.SelectMany(Parts).Distinct(StringComparer.Ordinal).Select(path => new HubFile { Path = path, ByteCount = sizes.GetValueOrDefault(path), Hash = default }));
    }

    private static HashSet<string> Paths(IEnumerable<StoredFile> files) => files.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);

    private static bool IsSafetensors(string path) => path.EndsWith(".safetensors", StringComparison.Ordinal);

    /// <summary>All parts of the file, as the name of one tells: "m-00002-of-00003.gguf".</summary>
    private static IEnumerable<string> Parts(string path) => Part().Match(path) is { Success: true } part && int.Parse(part.Groups[1].ValueSpan) is > 0 and <= 1000 and var count
        ? Enumerable.Range(1, count).Select(number => $"{path[..part.Index]}-{number:D5}-of-{count:D5}{part.Groups[2].Value}")
        : [path];

    private static HashSet<string>? PartsOf(StoredFile index)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(index.DiskPath));
            var folder = index.Path.Contains('/') ? index.Path[..(index.Path.LastIndexOf('/') + 1)] : "";
            return [.. json.RootElement.GetProperty("weight_map").EnumerateObject().Select(entry => folder + entry.Value.GetString())];
        }
        catch (Exception wrong) when (wrong is JsonException or IOException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"-[0-9]{5}-of-([0-9]{5})(\.gguf|\.safetensors)$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Part();
}
