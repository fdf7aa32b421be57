using System.Globalization;

namespace Exo.Hub;

/// <summary>Sizes and rates as people write them: "500K", "1.5G", "4096".</summary>
public static class SizeText
{
    /// <summary>Reads a number of bytes; K, M and G multiply by 1024. False where it is none. How large it may be is the caller's to say.</summary>
    public static bool TryParse(string text, out double byteCount)
    {
        var number = text.TrimEnd('k', 'K', 'm', 'M', 'g', 'G');
        long scale = text[number.Length..].ToUpperInvariant() switch { "" => 1, "K" => 1 << 10, "M" => 1 << 20, "G" => 1 << 30, _ => 0 };
        var isNumber = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value);
        byteCount = value * scale;
        return isNumber && scale > 0;
    }
}
