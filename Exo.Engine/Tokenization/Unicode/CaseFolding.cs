using System.Text;

namespace Exo.Engine.Tokenization.Unicode;

/// <summary>Which code points differ in case only. Simple folding: one code point to one.</summary>
internal static class CaseFolding
{
    /// <summary>No code point from here on has a case.</summary>
    private const int Limit = 0x1E944;

    /// <summary>Code points by what they fold to; only those that are not alone.</summary>
    private static readonly Lazy<Dictionary<int, int[]>> Alike = new(() => Enumerable.Range(0, Limit).Where(Rune.IsValid)
        .GroupBy(Fold).Where(group => group.Skip(1).Any()).ToDictionary(group => group.Key, group => group.ToArray()));

    /// <summary>The set with all that differs from its members in case only.</summary>
    public static CodePointSet Close(CodePointSet set)
    {
        var others = new List<(int, int)>();
        foreach (var (first, last) in set.Ranges)
            for (var c = first; c <= Math.Min(last, Limit - 1); c++)
                if (Rune.IsValid(c) && Alike.Value.TryGetValue(Fold(c), out var alike))
                    others.AddRange(alike.Select(other => (other, other)));
        return set.Union(CodePointSet.Of(others));
    }

    /// <summary>The runtime's invariant casing leaves the long s alone.</summary>
    private static int Fold(int codePoint) => codePoint == 0x17F ? 's' : Rune.ToLowerInvariant(Rune.ToUpperInvariant(new Rune(codePoint))).Value;
}
