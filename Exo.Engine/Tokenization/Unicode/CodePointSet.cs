namespace Exo.Engine.Tokenization.Unicode;

/// <summary>An immutable set of code points: sorted ranges, with a bitmap of the basic plane for the asking.</summary>
internal sealed class CodePointSet
{
    public const int Limit = 0x110000;

    /// <summary>Where membership changes, ascending: even entries begin a range, odd ones end it (exclusive).</summary>
    private readonly int[] _edges;

    private ulong[]? _basicPlane;

    private CodePointSet(int[] edges) => _edges = edges;

    public static CodePointSet Empty { get; } = new([]);

    public static CodePointSet All { get; } = new([0, Limit]);

    public static CodePointSet Of(int codePoint) => new([codePoint, codePoint + 1]);

    /// <param name="first">The first code point.</param>
    /// <param name="last">The last one, inclusive, not below the first.</param>
    public static CodePointSet Range(int first, int last) => new([first, last + 1]);

    public static CodePointSet Of(IEnumerable<(int First, int Last)> ranges)
    {
        var edges = new List<int>();
        foreach (var (first, last) in ranges.OrderBy(range => range.First))
        {
            if (edges.Count > 0 && first <= edges[^1])
                edges[^1] = Math.Max(edges[^1], last + 1);
            else
                edges.AddRange([first, last + 1]);
        }
        return new([.. edges]);
    }

    /// <summary>The single code point in the set, or -1.</summary>
    public int Single => _edges is [var first, var end] && end == first + 1 ? first : -1;

    public IEnumerable<(int First, int Last)> Ranges
    {
        get
        {
            for (var i = 0; i < _edges.Length; i += 2)
                yield return (_edges[i], _edges[i + 1] - 1);
        }
    }

    public bool Contains(int codePoint)
    {
        if ((uint)codePoint >= 0x10000)
            return Find(codePoint);
        var plane = _basicPlane ??= BuildBasicPlane();
        return (plane[codePoint >> 6] >> (codePoint & 63) & 1) != 0;
    }

    public CodePointSet Union(CodePointSet other) => Combine(other, static (a, b) => a || b);

    public CodePointSet Intersect(CodePointSet other) => Combine(other, static (a, b) => a && b);

    public CodePointSet Invert() => Combine(Empty, static (a, _) => !a);

    private CodePointSet Combine(CodePointSet other, Func<bool, bool, bool> rule)
    {
        var edges = new List<int>();
        int i = 0, j = 0, at = 0;
        var inside = false;
        while (at < Limit)
        {
            while (i < _edges.Length && _edges[i] <= at)
                i++;
            while (j < other._edges.Length && other._edges[j] <= at)
                j++;
            if (rule((i & 1) != 0, (j & 1) != 0) != inside)
            {
                edges.Add(at);
                inside = !inside;
            }
            at = Math.Min(i < _edges.Length ? _edges[i] : Limit, j < other._edges.Length ? other._edges[j] : Limit);
        }
        if (inside)
            edges.Add(Limit);
        return new([.. edges]);
    }

    private bool Find(int codePoint)
    {
        var index = Array.BinarySearch(_edges, codePoint);
        return ((index < 0 ? ~index : index + 1) & 1) != 0;
    }

    private ulong[] BuildBasicPlane()
    {
        var plane = new ulong[0x10000 / 64];
        for (var i = 0; i < _edges.Length && _edges[i] < 0x10000; i += 2)
            for (var c = _edges[i]; c < Math.Min(_edges[i + 1], 0x10000); c++)
                plane[c >> 6] |= 1UL << (c & 63);
        return plane;
    }
}
