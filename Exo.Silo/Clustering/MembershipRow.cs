using System.Text.Json.Serialization;
using Orleans;
using Orleans.Runtime;

namespace Exo.Silo.Clustering;

/// <summary>A silo in the table, as it is written.</summary>
internal sealed record MembershipRow
{
    /// <summary>Address, port and generation, as Orleans writes them.</summary>
    public required string Silo { get; init; }

    public required string Name { get; init; }

    public required string Host { get; init; }

    public required SiloStatus Status { get; init; }

    public int GatewayPort { get; init; }

    public DateTime Started { get; init; }

    public DateTime Alive { get; init; }

    public IReadOnlyList<MembershipVote> Votes { get; init; } = [];

    public SiloAddress Address => SiloAddress.FromParsableString(Silo);

    public static MembershipRow Of(MembershipEntry entry) => new()
    {
        Silo = entry.SiloAddress.ToParsableString(),
        Name = entry.SiloName,
        Host = entry.HostName,
        Status = entry.Status,
        GatewayPort = entry.ProxyPort,
        Started = entry.StartTime,
        Alive = entry.IAmAliveTime,
        Votes = [.. (entry.SuspectTimes ?? []).Select(vote => new MembershipVote(vote.Item1.ToParsableString(), vote.Item2))],
    };

    /// <param name="alive">When the silo last said that it lives, where it did since the row was written.</param>
    public MembershipEntry ToEntry(DateTime? alive) => new()
    {
        SiloAddress = Address,
        SiloName = Name,
        HostName = Host,
        Status = Status,
        ProxyPort = GatewayPort,
        StartTime = Started,
        IAmAliveTime = alive > Alive ? alive.Value : Alive,
        SuspectTimes = [.. Votes.Select(vote => Tuple.Create(SiloAddress.FromParsableString(vote.Voter), vote.Time))],
    };
}

/// <summary>A silo's word that another is dead.</summary>
internal sealed record MembershipVote(string Voter, DateTime Time);

[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(MembershipRow[]))]
internal sealed partial class MembershipJson : JsonSerializerContext;
