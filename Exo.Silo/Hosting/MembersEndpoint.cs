using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orleans.Runtime;

namespace Exo.Silo.Hosting;

/// <summary><c>/exo/members</c>: who is in the cluster, as this node sees it now. It asks nobody, so it answers whatever is wrong.</summary>
internal static class MembersEndpoint
{
    public static IEndpointConventionBuilder MapMembers(this IEndpointRouteBuilder routes) => routes.MapGet("/exo/members", Answer);

    private static IResult Answer(IClusterMembershipService membership, ILocalSiloDetails local)
    {
        var snapshot = membership.CurrentSnapshot;
        var members = snapshot.Members.Values.Where(member => member.Status != SiloStatus.Dead).OrderBy(member => member.Name, StringComparer.Ordinal)
            .Select(member => new Member(member.Name, member.SiloAddress.Endpoint.ToString(), member.Status.ToString()));
        return Results.Json(new Members(local.ClusterId, local.Name, snapshot.Version.Value, [.. members]), MembersJson.Default.Members);
    }
}

/// <summary>A cluster as one of its nodes sees it.</summary>
/// <param name="Cluster">Its id.</param>
/// <param name="Node">Who says so.</param>
/// <param name="Version">Rises with every change.</param>
/// <param name="Nodes">Who isn't known to be dead, by name.</param>
internal sealed record Members(string Cluster, string Node, long Version, IReadOnlyList<Member> Nodes);

/// <param name="Status">Orleans' word: Joining, Active, ShuttingDown, …</param>
internal sealed record Member(string Name, string Address, string Status);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Members))]
internal sealed partial class MembersJson : JsonSerializerContext;
