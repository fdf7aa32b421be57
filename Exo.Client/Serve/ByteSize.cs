using System.Globalization;

namespace Exo.Client.Serve;

/// <summary>Bytes as people give them.</summary>
internal static class ByteSize
{
    /// <summary>Reads "12G", "1.5G", "800M", "4096"; K, M, G and T multiply by 1024, with or without B or iB behind them.</summary>
    public static bool TryParse(string text, out long byteCount)
    {
        byteCount = 0;
        text = text.Trim().ToUpperInvariant();
        if (text.EndsWith("IB", StringComparison.Ordinal)) text = text[..^2];
        else if (text.EndsWith('B')) text = text[..^1];
        var power = text.Length == 0 ? -1 : "KMGT".IndexOf(text[^1]);
        if (power >= 0) text = text[..^1];
        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return false;
        var bytes = number * Math.Pow(1024, power + 1);
        byteCount = bytes is >= 1 and < 1e18 ? (long)bytes : 0;
        return byteCount > 0;
    }
}
