namespace Exo.Hub.Protocol;

/// <summary>How long to wait before a further try: doubling, jittered so that many clients do not come back together, never less than the server asks.</summary>
internal static class BackOff
{
    /// <param name="failures">Failures in a row so far, 1 or more.</param>
    /// <param name="asked">What the server asks for, or null.</param>
    /// <param name="options">First and longest wait.</param>
    /// <param name="jitter">0 (inclusive) to 1 (exclusive).</param>
    public static TimeSpan Delay(int failures, TimeSpan? asked, HubOptions options, double jitter)
    {
        var doubled = options.FirstBackOff * Math.Pow(2, Math.Min(failures - 1, 30));
        var capped = doubled < options.LongestBackOff ? doubled : options.LongestBackOff;
        if (asked is not { Ticks: > 0 } wait) return capped * (0.5 + 0.5 * jitter); // "Retry-After: 0" is no leave to hammer.
        return wait + options.FirstBackOff * jitter; // The server's word, and a little so that not all come at that very moment.
    }
}
