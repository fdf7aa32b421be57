using System.Globalization;

namespace Exo.Hub;

/// <summary>Sizes and rates as people write and read them: "500K", "1.5 GiB", "24G", "4096".</summary>
public static class SizeText
{
    /// <summary>A letter alone is binary, as Docker, systemd and curl take it; "GB" is what disks are sold by.</summary>
    private static readonly (string Unit, double ByteCount)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12),
        ("K", 1L << 10), ("M", 1L << 20), ("G", 1L << 30), ("T", 1L << 40), ("B", 1), ("", 1),
    ];

    /// <summary>Reads a number of bytes; K, M, G and T multiply by 1024, and so do KiB to TiB; KB to TB by 1000. False where it is none. How large it may be is the caller's to say.</summary>
    public static bool TryParse(string text, out double byteCount)
    {
        text = text.Trim();
        var (unit, scale) = Units.First(unit => text.EndsWith(unit.Unit, StringComparison.OrdinalIgnoreCase));
        var isNumber = double.TryParse(text[..^unit.Length].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number);
        byteCount = number * scale;
        return isNumber;
    }

    /// <summary>"23.4 GiB"; powers of 1024.</summary>
    public static string Of(long byteCount) => byteCount switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{(double)byteCount / (1L << 30):0.#} GiB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{(double)byteCount / (1L << 20):0.#} MiB"),
        _ => $"{byteCount} bytes",
    };
}
