using System.Text.RegularExpressions;
using Exo.Hub.Protocol;

namespace Exo.Hub.Pulls;

/// <summary>Picks one quantisation of a repository that holds many, as users of llama.cpp and Ollama expect: the asked one, or Q4_K_M, or the next best.</summary>
internal static partial class GgufChoice
{
    private static readonly string[] Preferred =
    [
        "Q4_K_M", "Q4_K", "Q8_0", "Q5_K_M", "Q4_K_S", "Q4_K_L", "Q4_K_XL", "UD-Q4_K_XL", "Q4_0", "Q4_1", "MXFP4", "Q6_K", "Q5_K_S", "Q5_0", "IQ4_XS", "IQ4_NL", "Q3_K_M", "Q3_K_L", "Q3_K_S", "BF16", "F16", "FP16", "Q2_K", "F32",
    ];

    /// <summary>The quantisations in the repository, each with all of its parts, in name order.</summary>
    public static IReadOnlyDictionary<string, List<HubFile>> Groups(IEnumerable<HubFile> files)
    {
        var groups = new SortedDictionary<string, List<HubFile>>(StringComparer.OrdinalIgnoreCase);
        foreach (var file in files.Where(IsModel))
        {
            var label = Label(file.Path);
            if (!groups.TryGetValue(label, out var group)) groups[label] = group = [];
            group.Add(file);
        }
        return groups;
    }

    /// <summary>The label to take; null where the asked one is not there, or none is.</summary>
    public static string? Choose(IReadOnlyDictionary<string, List<HubFile>> groups, string? asked)
    {
        if (asked is not null)
        {
            return groups.Keys.FirstOrDefault(label => label.Equals(asked, StringComparison.OrdinalIgnoreCase))
                ?? groups.Keys.FirstOrDefault(label => label.EndsWith("-" + asked, StringComparison.OrdinalIgnoreCase));
        }
        return Preferred.FirstOrDefault(groups.ContainsKey) ?? (groups.Count == 0 ? null : groups.MinBy(group => group.Value.Sum(file => file.ByteCount)).Key);
    }

    /// <summary>Whether the file is a language model's weights and no image projector or calibration matrix.</summary>
    public static bool IsModel(HubFile file)
    {
        var name = file.Path[(file.Path.LastIndexOf('/') + 1)..];
        return name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)
            && !name.Contains("mmproj", StringComparison.OrdinalIgnoreCase) && !name.Contains("imatrix", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>"Q4_K_M" of "model-Q4_K_M-00001-of-00002.gguf" or of "Q4_K_M/model.gguf"; the name itself where it tells none.</summary>
    private static string Label(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..^".gguf".Length];
        name = Part().Replace(name, "");
        if (Quantisation().Matches(name) is { Count: > 0 } matches) return matches[^1].Groups[1].Value.ToUpperInvariant();
        var folder = path.Contains('/') ? path[..path.LastIndexOf('/')] : "";
        return Quantisation().Matches("-" + folder) is { Count: > 0 } inFolder ? inFolder[^1].Groups[1].Value.ToUpperInvariant() : name;
    }

    [GeneratedRegex(@"-\d{5}-of-\d{5}$", RegexOptions.CultureInvariant)]
    private static partial Regex Part();

    [GeneratedRegex(@"(?:^|[-_.])((?:UD-)?(?:I?Q\d(?:_[A-Z0-9]+)*|TQ\d_\d|BF16|FP?16|FP?32|MXFP4(?:_MOE)?))(?=$|[-.])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Quantisation();
}
