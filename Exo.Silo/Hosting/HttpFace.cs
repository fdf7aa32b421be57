using Exo.Api.Http;
using Exo.Api.Mirror;
using Exo.Hub;
using Exo.Hub.Slices;
using Exo.Hub.Store;
using Exo.Silo.Configuration;
using Exo.Silo.Stopping;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Dashboard;
using Orleans.Runtime;

namespace Exo.Silo.Hosting;

/// <summary>What a silo offers over HTTP: the API, the mirror for the other nodes, the dashboard.</summary>
internal static class HttpFace
{
    public static WebApplication MapExoSilo(this WebApplication app, SiloSettings settings, HubOptions hub, Drain drain)
    {
        app.Use(drain.InvokeAsync);
        app.Use(DashboardLogin.InvokeAsync);
        if (settings.ApiKey is { } key) app.Use(new ApiKeyGate(key).InvokeAsync);
        app.MapGet("/health", Health);
        app.MapMirror(new HubCache(hub), new SliceStore(SliceStore.DefaultFolder(hub)));
        app.MapOrleansDashboard(DashboardLogin.Path);
        return app;
    }

    /// <summary>The node answers, and how many it sees with itself.</summary>
    private static IResult Health(IClusterMembershipService membership, ILocalSiloDetails local) => Results.Json(new
    {
        status = "ok",
        node = local.Name,
        nodes = membership.CurrentSnapshot.Members.Values.Count(member => member.Status == SiloStatus.Active),
    });
}
