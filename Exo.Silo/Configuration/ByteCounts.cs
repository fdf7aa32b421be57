using System.Globalization;
using Exo.Hub;

namespace Exo.Silo.Configuration;

/// <summary>A part of a machine's memory as people write it: a size, as <see cref="SizeText"/> reads it, or a share, "80%".</summary>
internal static class ByteCounts
{
    /// <summary>Bytes; null where it is no size.</summary>
    /// <param name="text">The size, or the share.</param>
    /// <param name="whole">What a share is of.</param>
    public static long? Parse(string text, long whole)
    {
        if (text.Trim() is [.. var share, '%'])
        {
            return double.TryParse(share.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and <= 100 ? (long)(whole * (percent / 100)) : null;
        }
        return SizeText.TryParse(text, out var byteCount) && byteCount is > 0 and < long.MaxValue ? (long)byteCount : null;
    }
}
