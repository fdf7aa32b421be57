using System.Globalization;

namespace Exo.Hub.Transfer;

/// <summary>What the machine's cores have done so far, in seconds of one core; two of them, subtracted, tell of the time between.</summary>
/// <param name="Total">All cores' time.</param>
/// <param name="Idle">Time in which a core had nothing to do.</param>
/// <param name="Own">Time that this process's bulk threads took to move, hash and write bytes.</param>
internal readonly record struct CoreTimes(double Total, double Idle, double Own)
{
    private const string Source = "/proc/stat";

    /// <summary>Linux counts in hundredths of a second there, whatever its timer does (USER_HZ, proc(5)).</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Now; null where the system doesn't say: only Linux is asked.</summary>
    public static CoreTimes? Now()
    {
        if (!OperatingSystem.IsLinux()) return null;
        try
        {
            using var lines = new StreamReader(Source);
            return Parse(lines.ReadLine(), BackgroundThread.Taken);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null; // Some containers hide it.
        }
    }

    /// <summary>Reads the first line of /proc/stat: "cpu", then user, nice, system, idle, iowait, irq, softirq and steal; what follows is contained in user and nice.</summary>
    internal static CoreTimes? Parse(string? line, TimeSpan own)
    {
        var words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (words is not ["cpu", ..] || words.Length < 9) return null;
        var ticks = words[1..9].Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        return new CoreTimes(ticks.Sum() / TicksPerSecond, (ticks[3] + ticks[4]) / TicksPerSecond, own.TotalSeconds);
    }

    public static CoreTimes operator -(CoreTimes later, CoreTimes earlier) =>
        new(later.Total - earlier.Total, later.Idle - earlier.Idle, later.Own - earlier.Own);
}
