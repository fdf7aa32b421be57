using System.Globalization;

namespace Exo.Engine.Placement;

/// <summary>Figures in sentences.</summary>
internal static class Figures
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>"1.25 GiB"; powers of 1024.</summary>
    public static string Bytes(double count)
    {
        var unit = 0;
        for (; Math.Abs(count) >= 1000 && unit < Units.Length - 1; unit++) count /= 1024;
        return $"{count.ToString(unit == 0 ? "0" : "0.00", CultureInfo.InvariantCulture)} {Units[unit]}";
    }

    /// <summary>"0.42 ms", "1.25 s"</summary>
    public static string Seconds(double seconds) => Math.Abs(seconds) switch
    {
        < 1e-3 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:0.000} ms"),
        < 0.1 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:0.00} ms"),
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s"),
    };

    /// <summary>"8,192"</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>"layers 0 to 15", "layer 3"</summary>
    public static string Layers(int start, int end) => end - start == 1 ? $"layer {start}" : $"layers {start} to {end - 1}";
}
