namespace Exo.Tests.Hub.Server;

/// <summary>How the hub behaves when all is well, and when not.</summary>
internal sealed record HubServerOptions
{
    public FaultPlan Faults { get; init; } = FaultPlan.None;

    /// <summary>Tree entries per page. The hub's own default is 1,000.</summary>
    public int PageSize { get; init; } = 1000;

    /// <summary>Token → the private and gated repositories it opens.</summary>
    public IReadOnlyDictionary<string, string[]> Tokens { get; init; } = new Dictionary<string, string[]>();

    /// <summary>How long a signed CDN address is good, on <see cref="Clock"/>. The hub's own is an hour.</summary>
    public TimeSpan SignatureLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How many requests a signed CDN address is good for.</summary>
    public int SignatureUses { get; init; } = int.MaxValue;

    /// <summary>Small files are served by a relative 307 to a cache address, as the hub does; otherwise directly.</summary>
    public bool RedirectSmallFiles { get; init; } = true;

    /// <summary>Bytes per second on each connection; null: as fast as it goes.</summary>
    public long? ConnectionRate { get; init; }

    /// <summary>Before each answer.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Requests to the hub (not the CDN) in each <see cref="QuotaWindow"/>; then 429 until the window ends.</summary>
    public int Quota { get; init; } = int.MaxValue;

    /// <summary>The hub's own is five minutes.</summary>
    public TimeSpan QuotaWindow { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What a 429 or 503 of the fault plan says. Seconds, as the header has them.</summary>
    public int RetryAfterSeconds { get; init; }

    /// <summary>For how long a <see cref="Fault.Trickle"/> trickles before it goes on at full speed.</summary>
    public TimeSpan TrickleTime { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Expiry, quota, latency and rates are measured on it.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
