using System.Text.RegularExpressions;

namespace Exo.Grains.Pinning;

/// <summary>Keys of pinned grains: the node's name, or the name, a bar and what else tells the grain apart.</summary>
internal static partial class NodeKey
{
    private const char Bar = '|';

    /// <summary>What a node may be called: what fits a key, a file name and a host name.</summary>
    public static bool IsName(string name) => Name().IsMatch(name);

    public static string NodeOf(string key) => key.IndexOf(Bar) is var bar and >= 0 ? key[..bar] : key;

    /// <summary>The parts after the node's name, of which <paramref name="count"/> are expected; only the first may hold bars of its own.</summary>
    /// <exception cref="ArgumentException">The key has fewer.</exception>
    public static string[] RestOf(string key, int count)
    {
        var rest = new string[count];
        var end = key.Length;
        for (var i = count - 1; i >= 0; i--)
        {
            var bar = i > 0 ? key.LastIndexOf(Bar, end - 1) : key.IndexOf(Bar);
            if (bar < 0 || bar >= end) throw new ArgumentException($"'{key}' is no grain key of a node's name and {count} more parts.", nameof(key));
            rest[i] = key[(bar + 1)..end];
            end = bar;
        }

        return rest;
    }

    public static string Join(string node, params ReadOnlySpan<object> rest) => $"{node}{Bar}{string.Join(Bar, rest.ToArray())}";

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
    private static partial Regex Name();
}
