using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Exo.Client.Commands;

/// <summary>An option that takes whole numbers parted by commas.</summary>
internal static class CountList
{
    /// <param name="name">"--prompt".</param>
    /// <param name="placeholder">"128,512".</param>
    /// <param name="min">The smallest number allowed.</param>
    /// <param name="max">The largest.</param>
    public static Option<int[]?> Of(string name, string placeholder, string description, int min, int max) =>
        new(name) { Description = description, HelpName = placeholder, AllowMultipleArgumentsPerToken = false, CustomParser = result => Parse(result, name, min, max) };

    private static int[]? Parse(ArgumentResult result, string name, int min, int max)
    {
        var parts = string.Join(',', result.Tokens.Select(token => token.Value)).Split(',', StringSplitOptions.TrimEntries);
        var counts = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out counts[i]) && counts[i] >= min && counts[i] <= max) continue;
            result.AddError($"{name} takes whole numbers from {min} to {max} parted by commas, such as {Example(min)}; '{parts[i]}' is none");
            return null;
        }

        return counts;
    }

    private static string Example(int min) => min == 0 ? "0,512" : "1,8";
}
