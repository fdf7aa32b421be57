namespace Exo.Client.Terminal;

/// <summary>A bar of progress in one row.</summary>
internal static class Bar
{
    private const string Eighths = " ▏▎▍▌▋▊▉";

    /// <summary>"Writing ████▌      42 %": a whole row of what is being done, that leaves room at the end of a terminal's.</summary>
    /// <param name="doing">"Writing".</param>
    /// <param name="fraction">0 to 1.</param>
    /// <param name="width">The terminal's columns.</param>
    public static string Row(string doing, double fraction, int width)
    {
        var percent = $"{(int)(fraction * 100),3} %";
        return $"{doing} {Of(fraction, Math.Clamp(width - TextWidth.Of(doing) - percent.Length - 3, 4, 40))} {percent}";
    }

    /// <param name="fraction">0 to 1; what lies outside is clamped.</param>
    /// <param name="width">Columns, at least 1.</param>
    public static string Of(double fraction, int width)
    {
        var eighths = (int)(Math.Clamp(double.IsNaN(fraction) ? 0 : fraction, 0, 1) * width * 8);
        var full = eighths / 8;
        return full >= width ? new string('█', width) : new string('█', full) + Eighths[eighths % 8] + new string(' ', width - full - 1);
    }
}
