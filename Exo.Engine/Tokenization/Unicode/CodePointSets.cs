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

    private static readonly Lazy<Dictionary<string, CodePointSet>> Properties = new(ReadProperties);

    private static readonly Lazy<CodePointSet> LazyWord = new(() => PosixWord().Union(CodePointSet.Of([(0xB2, 0xB3), (0xB9, 0xB9), (0xBC, 0xBE)])));

    private static readonly Lazy<CodePointSet> LazyWordOrJoiner = new(() => PosixWord().Union(CodePointSet.Range(0x200C, 0x200D)));

    private static readonly Dictionary<string, string> LongNames = new()
    {
        ["letter"] = "l", ["mark"] = "m", ["number"] = "n", ["punctuation"] = "p", ["symbol"] = "s", ["separator"] = "z", ["other"] = "c",
        ["uppercaseletter"] = "lu", ["lowercaseletter"] = "ll", ["titlecaseletter"] = "lt", ["modifierletter"] = "lm", ["otherletter"] = "lo",
        ["decimalnumber"] = "nd", ["nonspacingmark"] = "mn",
    };

    public static CodePointSet Space { get; } = CodePointSet.Of(
    [
        (9, 13), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000),
    ]);

    public static CodePointSet Digit => Category("nd")!;

    public static CodePointSet HexDigit { get; } = CodePointSet.Of([('0', '9'), ('A', 'F'), ('a', 'f')]);

    /// <summary>\w: alphabetic, marks, decimal digits, connectors; and Latin-1's superscripts and fractions, as Oniguruma has it.</summary>
    public static CodePointSet Word => LazyWord.Value;

    /// <summary>\w of Rust's regex crate: alphabetic, marks, decimal digits, connectors, and the zero-width joiners.</summary>
    public static CodePointSet WordOrJoiner => LazyWordOrJoiner.Value;

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
            "alpha" => Property("alphabetic"),
            "digit" => Digit,
            "alnum" => Property("alphabetic").Union(Digit),
            "upper" => Property("uppercase"),
            "lower" => Property("lowercase"),
            "punct" => OfMask(Mask("p") | Mask("s")),
            "graph" => OfMask(Mask("cc") | Mask("cs") | Mask("cn")).Union(Space).Invert(),
            "print" => OfMask(Mask("cc") | Mask("cs") | Mask("cn") | Mask("zl") | Mask("zp")).Invert(),
            "space" or "whitespace" => Space,
            "blank" => Category("zs")!.Union(CodePointSet.Of('\t')),
            "cntrl" => Category("cc"),
            "xdigit" => HexDigit,
            "word" => PosixWord(),
            "ascii" => CodePointSet.Range(0, 0x7F),
            var other => Category(other) ?? Properties.Value.GetValueOrDefault(other),
        };
    }

    private static CodePointSet PosixWord() => Property("alphabetic").Union(OfMask(Mask("m") | Mask("nd") | Mask("pc")));

    private static CodePointSet Property(string name) => Properties.Value[name];

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

    private static Dictionary<string, CodePointSet> ReadProperties() =>
        UnicodeResource.Lines("properties.txt").Select(line => line.Split(' ')).ToDictionary(
            fields => fields[0].ToLowerInvariant(),
            fields => CodePointSet.Of(fields.Skip(1).Select(range => UnicodeResource.Bounds(range))));
}
