using System.Globalization;
using System.Net.Http.Headers;

namespace Exo.Hub.Protocol;

/// <summary>Reads how long a server asks to be left alone: <c>Retry-After</c>, or the Hub's <c>RateLimit: "api";r=0;t=55</c>.</summary>
internal static class RetryAdvice
{
    /// <summary>A server that asks for more than this is not obeyed to the letter; the pull's patience decides.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>The wait asked for; null where the answer asks for none.</summary>
    public static TimeSpan? Read(HttpResponseHeaders headers, DateTimeOffset now)
    {
        var asked = headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - now,
            _ => headers.TryGetValues("RateLimit", out var limits) ? FromRateLimit(string.Join(',', limits)) : null,
        };
        return asked switch
        {
            null => null,
            { } wait when wait < TimeSpan.Zero => TimeSpan.Zero,
            { } wait => wait > Longest ? Longest : wait,
        };
    }

    /// <summary>The longest <c>t</c> (seconds) among the items whose <c>r</c> (requests left) is 0.</summary>
    internal static TimeSpan? FromRateLimit(string header)
    {
        TimeSpan? longest = null;
        foreach (var item in header.Split(','))
        {
            var parameters = item.Split(';', StringSplitOptions.TrimEntries);
            if (Number(parameters, "r=") is not 0 || Number(parameters, "t=") is not { } seconds) continue;
            var wait = TimeSpan.FromSeconds(Math.Min(seconds, 86_400));
            if (longest is null || wait > longest) longest = wait;
        }
        return longest;
    }

    private static int? Number(string[] parameters, string prefix)
    {
        foreach (var parameter in parameters)
        {
            if (parameter.StartsWith(prefix, StringComparison.Ordinal)
                && int.TryParse(parameter.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return value;
        }
        return null;
    }
}
