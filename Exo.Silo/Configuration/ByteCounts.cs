using System.Globalization;

namespace Exo.Silo.Configuration;

/// <summary>Sizes as people write them: "24GB", "1.5 GiB", "80%", "1000000".</summary>
internal static class ByteCounts
{
    private static readonly (string Unit, double Bytes)[] Units =
    [
        ("KIB", 1L << 10), ("MIB", 1L << 20), ("GIB", 1L << 30), ("TIB", 1L << 40),
        ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12),
        ("K", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("B", 1), ("", 1),
    ];

    /// <summary>Bytes; null where it is no size.</summary>
    /// <param name="text">The size.</param>
    /// <param name="whole">What a percentage is of.</param>
    public static long? Parse(string text, long whole)
    {
        var value = text.Trim().ToUpperInvariant();
        if (value.EndsWith('%')) return Number(value[..^1]) is { } percent and <= 100 ? (long)(whole * (percent / 100)) : null;
        var (unit, bytes) = Units.First(unit => value.EndsWith(unit.Unit, StringComparison.Ordinal));
        return Number(value[..^unit.Length]) is { } number && number * bytes < long.MaxValue ? (long)(number * bytes) : null;
    }

    /// <summary>"23.4 GB"</summary>
    public static string Text(long byteCount) => string.Create(CultureInfo.InvariantCulture, $"{byteCount / 1e9:0.0} GB");

    private static double? Number(string text) =>
        double.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}
