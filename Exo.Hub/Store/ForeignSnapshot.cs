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

    /// <summary>Whether it looks whole: it has weights, and every part of them that is named.</summary>
    public static bool IsComplete(IReadOnlyList<StoredFile> files, string? variant) => Lacks(files, variant).Count == 0;

    /// <summary>Whether it has a quantisation, by its files' names.</summary>
    public static bool HasVariant(IEnumerable<StoredFile> files, string variant) => files.Any(file => IsGguf(file) && IsOf(file, variant));

    /// <summary>What it lacks. Where there are no weights at all, the name they would have; where an index names nothing, the index.</summary>
    public static IReadOnlyCollection<string> Lacks(IReadOnlyList<StoredFile> files, string? variant)
    {
        var here = files.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var ggufs = files.Where(file => IsGguf(file) && IsOf(file, variant)).Select(file => MissingOf(Parts(file.Path))).ToList();
        if (ggufs.MinBy(missing => missing.Count) is { } fewest) return fewest; // Any whole quantisation will do.
        if (variant is not null) return [$"{variant}.gguf"];

        var missing = new HashSet<string>(StringComparer.Ordinal);
        if (!here.Contains(Configuration)) missing.Add(Configuration);
        var indexes = files.Where(file => file.Path.EndsWith(IndexSuffix, StringComparison.Ordinal)).ToList();
        foreach (var index in indexes) missing.UnionWith(PartsOf(index) is { Count: > 0 } parts ? MissingOf(parts) : [index.Path]);
        if (indexes.Count > 0 || here.Contains("pytorch_model.bin")) return missing;

        var weights = here.Where(path => path.EndsWith(".safetensors", StringComparison.Ordinal)).ToList();
        if (weights.Count == 0) missing.Add("model.safetensors");
        else if (weights.TrueForAll(path => Part().IsMatch(path))) missing.Add("model" + IndexSuffix); // Parts are found by their index alone.
        return missing;

        List<string> MissingOf(IEnumerable<string> parts) => [.. parts.Where(part => !here.Contains(part))];
    }

    private static bool IsGguf(StoredFile file) => GgufChoice.IsModel(new HubFile { Path = file.Path, ByteCount = file.ByteCount, Hash = default });

    private static bool IsOf(StoredFile file, string? variant) => variant is null || file.Path.Contains(variant, StringComparison.OrdinalIgnoreCase);

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
