namespace Exo.Client.Terminal;

/// <summary>A bar of progress in one row.</summary>
internal static class Bar
{
    private const string Eighths = " ▏▎▍▌▋▊▉";

    /// <param name="fraction">0 to 1; what lies outside is clamped.</param>
    /// <param name="width">Columns, at least 1.</param>
    public static string Of(double fraction, int width)
    {
        var eighths = (int)(Math.Clamp(double.IsNaN(fraction) ? 0 : fraction, 0, 1) * width * 8);
        var full = eighths / 8;
        return full >= width ? new string('█', width) : new string('█', full) + Eighths[eighths % 8] + new string(' ', width - full - 1);
    }
}
