using System.Globalization;

namespace Exo.Client.Terminal;

/// <summary>Numbers as people read them.</summary>
internal static class Quantity
{
    private static readonly string[] ByteUnits = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>"1.2 GiB"; powers of 1024.</summary>
    public static string Bytes(double count)
    {
        var unit = 0;
        for (; Math.Abs(count) >= 1000 && unit < ByteUnits.Length - 1; unit++) count /= 1024;
        var digits = unit == 0 || Math.Abs(count) >= 100 ? "0" : "0.0";
        return $"{count.ToString(digits, CultureInfo.InvariantCulture)} {ByteUnits[unit]}";
    }

    /// <summary>"1.24 B", "135 M": parameters.</summary>
    public static string Count(double count) => count switch
    {
        >= 1e9 => Invariant($"{count / 1e9:0.00} B"),
        >= 1e6 => Invariant($"{count / 1e6:0.#} M"),
        >= 1e3 => Invariant($"{count / 1e3:0.#} K"),
        _ => Invariant($"{count:0}"),
    };

    /// <summary>"12,345"</summary>
    public static string Grouped(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>"0.42 s", "1 min 05 s", "2 h 10 min"</summary>
    public static string Duration(double seconds) => seconds switch
    {
        < 10 => Invariant($"{seconds:0.00} s"),
        < 60 => Invariant($"{seconds:0.0} s"),
        < 3600 => Invariant($"{(int)seconds / 60} min {(int)seconds % 60:00} s"),
        _ => Invariant($"{(long)seconds / 3600} h {(long)seconds / 60 % 60:00} min"),
    };

    /// <summary>"12 s", "1:05", "2:10:00": time left, without false precision.</summary>
    public static string TimeLeft(double seconds) => seconds switch
    {
        < 60 => Invariant($"{Math.Ceiling(seconds):0} s"),
        < 3600 => Invariant($"{(int)seconds / 60}:{(int)seconds % 60:00}"),
        < 360_000 => Invariant($"{(int)seconds / 3600}:{(int)seconds / 60 % 60:00}:{(int)seconds % 60:00}"),
        _ => "days",
    };

    /// <summary>Tokens a second, or "–" where no time passed.</summary>
    public static string Rate(int count, double seconds) => count > 0 && seconds > 0 ? Invariant($"{count / seconds:0.0} tokens/s") : "–";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
