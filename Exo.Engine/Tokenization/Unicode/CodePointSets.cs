using System.Collections.Concurrent;
using System.Globalization;

namespace Exo.Engine.Tokenization.Unicode;

/// <summary>The sets that patterns know by name: general categories, the larger scripts, and <c>\s \d \w \h</c> as Oniguruma has them for UTF-8.</summary>
internal static class CodePointSets
{
    private static readonly ConcurrentDictionary<uint, CodePointSet> Categories = new();

    /// <summary>The two-letter names in the order of <see cref="UnicodeCategory"/>.</summary>
    private static readonly string[] CategoryNames =
    [
        "lu", "ll", "lt", "lm", "lo", "mn", "mc", "me", "nd", "nl", "no", "zs", "zl", "zp", "cc", "cf", "cs", "co", "pc", "pd", "ps", "pe", "pi", "pf",
        "po", "sm", "sc", "sk", "so", "cn",
    ];

    private static readonly Lazy<Dictionary<string, CodePointSet>> Scripts = new(ReadScripts);

    private static CodePointSet OtherAlphabeticSymbols { get; } = CodePointSet.Of([(0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)]);

    private static readonly Lazy<CodePointSet> LazyWord = new(() => OfMask(Mask("l") | Mask("m") | Mask("nd") | Mask("nl") | Mask("pc")).Union(OtherAlphabeticSymbols));

    private static readonly Dictionary<string, string> LongNames = new()
    {
        ["letter"] = "l", ["mark"] = "m", ["number"] = "n", ["punctuation"] = "p", ["symbol"] = "s", ["separator"] = "z", ["other"] = "c",
        ["uppercaseletter"] = "lu", ["lowercaseletter"] = "ll", ["titlecaseletter"] = "lt", ["modifierletter"] = "lm", ["otherletter"] = "lo",
        ["decimalnumber"] = "nd", ["nonspacingmark"] = "mn",
    };

    public static CodePointSet Space { get; } = CodePointSet.Of([(9, 13), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)]);

    public static CodePointSet Digit => Category("nd")!;

    public static CodePointSet HexDigit { get; } = CodePointSet.Of([('0', '9'), ('A', 'F'), ('a', 'f')]);

    /// <summary>Letters, marks, decimal digits and connectors, with the letter-like numbers and symbols that are Alphabetic.</summary>
    public static CodePointSet Word => LazyWord.Value;

    /// <summary>The set of a property's name as in <c>\p{…}</c>: case, spaces, hyphens and underscores don't matter; null for one that isn't known.</summary>
    public static CodePointSet? Named(string name)
    {
        var key = new string([.. name.Where(c => c is not (' ' or '-' or '_')).Select(char.ToLowerInvariant)]);
        if (key.StartsWith("script=", StringComparison.Ordinal))
            key = key["script=".Length..];
        return LongNames.GetValueOrDefault(key, key) switch
        {
            "any" => CodePointSet.All,
            "assigned" => Category("cn")!.Invert(),
            "alpha" or "alphabetic" => OfMask(Mask("l") | Mask("nl")).Union(OtherAlphabeticSymbols),
            "digit" => Digit,
            "alnum" => OfMask(Mask("l") | Mask("nl") | Mask("nd")).Union(OtherAlphabeticSymbols),
            "upper" or "uppercase" => Category("lu"),
            "lower" or "lowercase" => Category("ll"),
            "punct" => Category("p")!.Union(CodePointSet.Of("$+<=>^`|~".Select(c => ((int)c, (int)c)))),
            "space" or "whitespace" => Space,
            "blank" => Category("zs")!.Union(CodePointSet.Of('\t')),
            "cntrl" => Category("cc"),
            "xdigit" => HexDigit,
            "word" => Word,
            "ascii" => CodePointSet.Range(0, 0x7F),
            var other => Category(other) ?? Scripts.Value.GetValueOrDefault(other),
        };
    }

    private static CodePointSet? Category(string name) => Mask(name) is > 0 and var mask ? OfMask(mask) : null;

    private static uint Mask(string name)
    {
        var mask = 0u;
        for (var i = 0; i < CategoryNames.Length; i++)
            if (CategoryNames[i] == name || (name.Length == 1 && CategoryNames[i][0] == name[0]))
                mask |= 1u << i;
        return mask;
    }

    private static CodePointSet OfMask(uint mask) => Categories.GetOrAdd(mask, static wanted =>
    {
        var ranges = new List<(int, int)>();
        var start = -1;
        for (var c = 0; c <= CodePointSet.Limit; c++)
        {
            var inside = c < CodePointSet.Limit && (wanted >> (int)CharUnicodeInfo.GetUnicodeCategory(c) & 1) != 0;
            if (inside && start < 0)
                start = c;
            else if (!inside && start >= 0)
            {
                ranges.Add((start, c - 1));
                start = -1;
            }
        }
        return CodePointSet.Of(ranges);
    });

    private static Dictionary<string, CodePointSet> ReadScripts() =>
        UnicodeResource.Lines("scripts.txt").Select(line => line.Split(' ')).ToDictionary(
            fields => fields[0].ToLowerInvariant(),
            fields => CodePointSet.Of(fields.Skip(1).Select(range => UnicodeResource.Bounds(range))));
}
