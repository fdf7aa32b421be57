using System.Globalization;
using System.Text.RegularExpressions;

namespace Exo.Api.Local;

/// <summary>How long a model stays in memory once nobody asks it, as Ollama has it: 0 not at all, below 0 for good.</summary>
public static partial class KeepAlive
{
    public static readonly TimeSpan Default = TimeSpan.FromMinutes(5);

    /// <summary>For good.</summary>
    public static readonly TimeSpan Forever = Timeout.InfiniteTimeSpan;

    /// <summary>Reads "5m", "1h30m", "90s", "500ms", or a number of seconds; anything negative is for good.</summary>
    public static bool TryParse(string text, out TimeSpan keepAlive)
    {
        keepAlive = default;
        text = text.Trim();
        if (double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)) return TryOf(seconds, out keepAlive);
        if (!Durations().IsMatch(text)) return false;
        var sum = Parts().Matches(text).Sum(part => double.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture) * SecondsOf(part.Groups[2].Value));
        return TryOf(text.StartsWith('-') ? -sum : sum, out keepAlive);
    }

    /// <summary>A negative time is for good.</summary>
    public static TimeSpan Of(TimeSpan time) => time < TimeSpan.Zero ? Forever : time;

    private static bool TryOf(double seconds, out TimeSpan keepAlive)
    {
        var isTime = double.IsFinite(seconds) && seconds < TimeSpan.FromDays(40).TotalSeconds; // What a timer can wait for; longer is for good.
        keepAlive = seconds < 0 || !isTime ? Forever : TimeSpan.FromSeconds(seconds);
        return double.IsFinite(seconds);
    }

    private static double SecondsOf(string unit) => unit switch { "ms" => 1e-3, "s" => 1, "m" => 60, _ => 3600 };

    [GeneratedRegex(@"^-?(\d+(\.\d+)?(ms|s|m|h))+$")]
    private static partial Regex Durations();

    [GeneratedRegex(@"(\d+(?:\.\d+)?)(ms|s|m|h)")]
    private static partial Regex Parts();
}
