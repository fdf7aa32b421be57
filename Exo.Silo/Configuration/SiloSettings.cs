using System.Net;
using Exo.Silo.Security;

namespace Exo.Silo.Configuration;

/// <summary>How a silo is set up; checked. What is null is the silo's own choice at start.</summary>
internal sealed record SiloSettings
{
    public string? Name { get; init; }

    public required string ClusterId { get; init; }

    /// <summary>Where the cluster meets; null: its silos are all on this machine.</summary>
    public RedisSettings? Redis { get; init; }

    public IPAddress? Advertise { get; init; }

    public int? SiloPort { get; init; }

    /// <summary>0: none.</summary>
    public int GatewayPort { get; init; }

    public IPEndPoint? Http { get; init; }

    public string? ApiKey { get; init; }

    /// <summary>Web pages of which origins may ask.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>"cpu", "cuda:0", …</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    public required int Threads { get; init; }

    public long? MemoryByteCount { get; init; }

    /// <summary>How long a model stays in memory once nobody asks it; null: until its memory is needed.</summary>
    public TimeSpan? KeepAlive { get; init; }

    /// <summary>How silos know each other; null: they speak in the clear.</summary>
    public ClusterTls? Tls { get; init; }

    /// <summary>How long a starting silo tries to reach all others.</summary>
    public required TimeSpan JoinWait { get; init; }

    /// <summary>How long answers may take to end once the silo is told to stop.</summary>
    public required TimeSpan Drain { get; init; }

    /// <summary>The folder that silos of this machine share.</summary>
    public required string Home { get; init; }

    public bool Verbose { get; init; }
}

/// <summary>A Redis.</summary>
/// <param name="Text">As StackExchange.Redis reads it; holds the password.</param>
/// <param name="CaFile">The authority that signed its certificate; null: one that this machine trusts.</param>
/// <param name="Wait">How long to wait for it at start.</param>
internal sealed record RedisSettings(string Text, string? CaFile, TimeSpan Wait)
{
    /// <summary>Without the password.</summary>
    public override string ToString() => string.Join(',', Text.Split(',').Where(part => !part.Contains('=')));
}
