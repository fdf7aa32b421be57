using System.Net.Sockets;
using Exo.Api.Events;
using Exo.Api.Mirror;
using Exo.Hub;
using Exo.Hub.Slices;
using Exo.Hub.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Exo.Api.Http;

/// <summary>The server of one machine: <c>exo serve</c>.</summary>
public static class ExoServer
{
    /// <summary>Puts a server together; starting and stopping it is the caller's.</summary>
    /// <param name="options">Where it listens, and to whom.</param>
    /// <param name="hub">The store that the mirror serves.</param>
    /// <param name="service">Who answers; null: the mirror alone is served.</param>
    /// <param name="events">What /exo/events tells.</param>
    /// <param name="log">Where failures are told that no caller should see the inside of; null: nowhere.</param>
    /// <exception cref="ExoException">The options would leave the machine open.</exception>
    public static WebApplication Build(ServerOptions options, HubOptions hub, IExoService? service = null, IEventSource? events = null, ILoggerProvider? log = null)
    {
        options.Validate();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (service is not null && events is EventBoard board)
            builder.Services.AddHostedService(services => new StateSampler(service, board, TimeProvider.System, services.GetRequiredService<ILogger<StateSampler>>()));
        if (log is not null) builder.Logging.AddProvider(log);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            options.Limits.ApplyTo(kestrel.Limits);
            kestrel.Listen(options.Listen);
        });

        var app = builder.Build();
        app.UseExoGate(options);
        app.UseRouting();
        if (service is null) app.MapGet("/health", ExoEndpoints.HealthAsync);
        else app.MapExo(service, events ?? new EventBoard(), options.Limits);
        if (options.Mirror) app.MapMirror(new HubCache(hub), new SliceStore(SliceStore.DefaultFolder(hub)));
        return app;
    }

    /// <summary>Starts listening and says where: the port that was taken, where 0 was asked for.</summary>
    /// <exception cref="ExoException">The port is taken, or the address isn't this machine's.</exception>
    public static async Task<Uri> StartAsync(WebApplication app, ServerOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            throw new ExoException(ExoErrorKind.Failure, $"can't listen on {options.Listen}: {Reason(failure)}. Choose another with --port N or --listen ADDRESS:PORT", failure);
        }
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new Uri(addresses.First());
    }

    private static string Reason(Exception failure) => failure is AddressInUseException || failure.InnerException is AddressInUseException ? "another program listens there already" : failure.Message.TrimEnd('.');
}
