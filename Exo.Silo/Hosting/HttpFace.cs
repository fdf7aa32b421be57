using Exo.Api;
using Exo.Api.Events;
using Exo.Api.Http;
using Exo.Api.Mirror;
using Exo.Hub;
using Exo.Hub.Slices;
using Exo.Hub.Store;
using Exo.Silo.Stopping;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Dashboard;

namespace Exo.Silo.Hosting;

/// <summary>What a silo offers over HTTP: the API, who is in the cluster, the mirror for the other nodes, the dashboard.</summary>
internal static class HttpFace
{
    public static WebApplication MapExoSilo(this WebApplication app, ServerOptions options, HubOptions hub, Drain drain)
    {
        app.Use(drain.InvokeAsync);
        app.Use(DashboardLogin.InvokeAsync);
        app.UseExoGate(options);
        app.UseRouting();
        // The cluster's service and events, where they are registered; a node without them still mirrors and watches.
        if (app.Services.GetService<IExoService>() is { } service) app.MapExo(service, app.Services.GetService<IEventSource>() ?? new EventBoard(), options.Limits);
        else app.MapGet("/health", ExoEndpoints.HealthAsync);
        app.MapMembers();
        app.MapMirror(new HubCache(hub), new SliceStore(SliceStore.DefaultFolder(hub)));
        app.MapOrleansDashboard(DashboardLogin.Path);
        return app;
    }
}
