using System.Net;
using Exo.Api.Events;
using Exo.Api.Http;
using Exo.Grains.Hosting;
using Exo.Hub;
using Exo.Silo.Claims;
using Exo.Silo.Clustering;
using Exo.Silo.Configuration;
using Exo.Silo.Logging;
using Exo.Silo.Security;
using Exo.Silo.Stopping;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.WindowsServices;
using Orleans.Dashboard;
using Orleans.Hosting;
using Orleans.Runtime;
using StackExchange.Redis;

namespace Exo.Silo.Hosting;

/// <summary>Puts a silo together; starting and stopping it is the caller's.</summary>
internal static class SiloHost
{
    /// <summary>What Orleans may take to say goodbye once the answers have ended.</summary>
    public static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(10);

    public static WebApplication Build(SiloSettings settings, NodePlace place, NodeOptions node, IConnectionMultiplexer? redis, Drain drain)
    {
        var server = new ServerOptions { Listen = place.Http, ApiKey = settings.ApiKey, CorsOrigins = settings.CorsOrigins, Mirror = true };
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "exo-silo", ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.UseExoLogging(settings.Verbose);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            server.Limits.ApplyTo(kestrel.Limits);
            kestrel.Listen(place.Http);
        });
        builder.Services.AddSingleton(new DeclaredDead(new IPEndPoint(place.Address, place.SiloPort), Console.Error));
        builder.Services.AddSingleton<IFatalErrorHandler>(services => services.GetRequiredService<DeclaredDead>());
        builder.Services.Configure<HostOptions>(options =>
        {
            options.ShutdownTimeout = GoodbyeTimeout;
            options.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore; // It is logged; none of them is worth ending what answers.
        });
        if (WindowsServiceHelpers.IsWindowsService()) builder.Services.AddWindowsService();
        else builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, NoLifetime>());
        builder.UseOrleans(silo =>
        {
            silo.UseExoClustering(settings, place, redis).UseExoFailureDetection(settings.JoinWait).AddExoGrains(node).AddDashboard();
            if (settings.Tls is { } tls) silo.UseExoTls(tls);
        });
        // After Orleans, so that they start after it and stop before it does.
        builder.Services.AddHostedService<MembershipKeeper>();
        builder.Services.AddSingleton(new EventBoard());
        builder.Services.AddHostedService<StateSampler>();
        builder.Services.AddHostedService<ModelEvents>();
        return builder.Build().MapExoSilo(server, node.Hub, drain);
    }

    /// <summary>What the node brings into the cluster.</summary>
    public static NodeOptions Node(SiloSettings settings, NodePlace place) => new()
    {
        Name = place.Name,
        Backends = DeviceBackends.Open(settings.Devices),
        Hub = HubOptions.FromEnvironment() with { Headroom = HubOptions.BesideAnswers },
        Threads = settings.Threads,
        MemoryByteCount = settings.MemoryByteCount,
        KeepAlive = settings.KeepAlive,
        Mirror = Mirror(place),
        MirrorKey = settings.ApiKey,
    };

    /// <summary>Nodes of other machines reach a mirror only where it doesn't listen on loopback.</summary>
    private static Uri? Mirror(NodePlace place)
    {
        if (IPAddress.IsLoopback(place.Http.Address) && !IPAddress.IsLoopback(place.Address)) return null;
        var isAnywhere = place.Http.Address.Equals(IPAddress.Any) || place.Http.Address.Equals(IPAddress.IPv6Any);
        return new Uri($"http://{new IPEndPoint(isAnywhere ? place.Address : place.Http.Address, place.Http.Port)}");
    }

    /// <summary>Signals are <see cref="StopSignals"/>' business.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
