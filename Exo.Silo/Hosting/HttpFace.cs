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
        app.MapExo(app.Services.GetRequiredService<IExoService>(), app.Services.GetRequiredService<EventBoard>(), options.Limits);
        app.MapMembers();
        app.MapMirror(new HubCache(hub), new SliceStore(SliceStore.DefaultFolder(hub)));
        app.MapOrleansDashboard(DashboardLogin.Path);
        return app;
    }
}
