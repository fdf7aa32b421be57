namespace Exo.Tests.Hub.Server;

/// <summary>Requests counted in fixed windows, told in the RateLimit headers (draft-ietf-httpapi-ratelimit-headers) as the hub does.</summary>
internal sealed class HubQuota(HubServerOptions options)
{
    private readonly Lock _gate = new();
    private DateTimeOffset _windowEnd;
    private int _left;

    /// <summary>Counts the request and writes the headers; false when the window is used up.</summary>
    public bool Admit(HubExchange exchange)
    {
        if (options.Quota == int.MaxValue) return true;
        var (left, seconds) = Count();
        var pool = exchange.Path.StartsWith("/api/", StringComparison.Ordinal) ? "api" : "resolvers";
        exchange.Header("RateLimit", $"\"{pool}\";r={Math.Max(0, left)};t={seconds}");
        exchange.Header("RateLimit-Policy", $"\"fixed window\";\"{pool}\";q={options.Quota};w={options.QuotaWindow.TotalSeconds:0}");
        return left >= 0;
    }

    private (int Left, int Seconds) Count()
    {
        lock (_gate)
        {
            var now = options.Clock.GetUtcNow();
            if (now >= _windowEnd) (_windowEnd, _left) = (now + options.QuotaWindow, options.Quota);
            if (_left >= 0) _left--;
            return (_left, (int)Math.Ceiling((_windowEnd - now).TotalSeconds));
        }
    }
}
