using System.Diagnostics;

namespace Exo.Grains.Tests.Silo.Processes;

/// <summary>Waits for other processes by asking them again and again: there is nothing in here that they could signal.</summary>
internal static class Until
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns once the condition holds, and says after how long.</summary>
    /// <param name="what">What is waited for, in words: "a and b see each other".</param>
    /// <param name="condition">Asks; what fails to answer is not there yet.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="details">What else to tell where it never came.</param>
    /// <exception cref="TimeoutException">It never came.</exception>
    public static async Task<TimeSpan> TrueAsync(string what, Func<CancellationToken, Task<bool>> condition, TimeSpan limit, Func<string>? details = null)
    {
        var clock = Stopwatch.StartNew();
        using var timeout = new CancellationTokenSource(limit);
        Exception? last = null;
        while (!timeout.IsCancellationRequested)
        {
            try
            {
                if (await condition(timeout.Token)) return clock.Elapsed;
                last = null;
            }
            catch (Exception notYet) when (notYet is HttpRequestException or IOException or OperationCanceledException)
            {
                last = notYet;
            }
            await Task.Delay(Period, CancellationToken.None);
        }
        throw new TimeoutException($"within {limit.TotalSeconds:0.#} s this never came: {what}{(last is null ? "" : $" (last: {last.Message})")}{Environment.NewLine}{details?.Invoke()}");
    }
}
