using System.Globalization;

namespace Exo.Engine.Tokenization.Unicode;

/// <summary>
/// Decompositions, compositions and combining classes, read once from the embedded normalization.txt.
/// The runtime's own string.Normalize does nothing under invariant globalization, hence this table.
/// </summary>
internal sealed class NormalizationData
{
    public const int HangulBase = 0xAC00, HangulCount = 11172, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    public const int LeadCount = 19, VowelCount = 21, TailCount = 28;

    private static readonly Lazy<NormalizationData> Shared = new(() => new NormalizationData());

    private readonly Dictionary<int, int[]> _canonical = [];
    private readonly Dictionary<int, int[]> _compatible = [];
    private readonly Dictionary<int, byte> _classes = [];
    private readonly Dictionary<long, int> _pairs = [];
    private readonly ulong[] _unstable = new ulong[0x110000 / 64];

    private NormalizationData()
    {
        foreach (var line in UnicodeResource.Lines("normalization.txt"))
            Read(line.Split(' '));
        foreach (var codePoint in _canonical.Keys.ToArray())
            _canonical[codePoint] = [.. Expand(codePoint)];
        for (var i = 0; i < VowelCount; i++)
            MarkUnstable(VowelBase + i);
        for (var i = 1; i < TailCount; i++)
            MarkUnstable(TailBase + i);
    }

    public static NormalizationData Instance => Shared.Value;

    /// <summary>The full decomposition, or null for a code point that stands for itself (or is a Hangul syllable).</summary>
    public int[]? Decomposition(int codePoint, bool compatible) =>
        compatible && _compatible.TryGetValue(codePoint, out var full) ? full : _canonical.GetValueOrDefault(codePoint);

    /// <summary>Canonical_Combining_Class.</summary>
    public byte Class(int codePoint) => codePoint < 0x300 ? (byte)0 : _classes.GetValueOrDefault(codePoint);

    /// <summary>The code point that the two compose to, or -1.</summary>
    public int Compose(int first, int second)
    {
        if ((uint)(first - LeadBase) < LeadCount && (uint)(second - VowelBase) < VowelCount)
            return HangulBase + ((first - LeadBase) * VowelCount + second - VowelBase) * TailCount;
        if ((uint)(first - HangulBase) < HangulCount && (first - HangulBase) % TailCount == 0 && (uint)(second - TailBase - 1) < TailCount - 1)
            return first + second - TailBase;
        return _pairs.GetValueOrDefault(Key(first, second), -1);
    }

    /// <summary>False where a code point begins anew under NFC: it is no mark, composes with nothing before it and is its own normal form.</summary>
    public bool IsUnstable(int codePoint) => (_unstable[codePoint >> 6] >> (codePoint & 63) & 1) != 0;

    private static long Key(int first, int second) => (long)first << 21 | (uint)second;

    private void MarkUnstable(int codePoint) => _unstable[codePoint >> 6] |= 1UL << (codePoint & 63);

    private void Read(string[] fields)
    {
        switch (fields[0])
        {
            case "C":
                var (composed, first, second) = (Hex(fields[1]), Hex(fields[2]), Hex(fields[3]));
                _canonical[composed] = [first, second];
                _pairs[Key(first, second)] = composed;
                MarkUnstable(second);
                break;
            case "S":
                _canonical[Hex(fields[1])] = [.. fields.Skip(2).Select(Hex)];
                MarkUnstable(Hex(fields[1]));
                break;
            case "K":
                _compatible[Hex(fields[1])] = [.. fields.Skip(2).Select(Hex)];
                break;
            case "M":
                foreach (var range in fields.Skip(2))
                    foreach (var mark in UnicodeResource.Range(range))
                    {
                        _classes[mark] = byte.Parse(fields[1], CultureInfo.InvariantCulture);
                        MarkUnstable(mark);
                    }
                break;
        }
    }

    private IEnumerable<int> Expand(int codePoint) =>
        _canonical.TryGetValue(codePoint, out var parts) ? parts.SelectMany(Expand) : [codePoint];

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
