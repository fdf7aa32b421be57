using System.Net;
using Microsoft.AspNetCore.Builder;

namespace Exo.Api.Http;

/// <summary>Who may ask a server.</summary>
public static class ExoGate
{
    /// <summary>Turns away foreign web pages and, where a key is set, whoever doesn't send it. To stand before everything that is served.</summary>
    public static IApplicationBuilder UseExoGate(this IApplicationBuilder app, ServerOptions options)
    {
        app.Use(new OriginGate(IPAddress.IsLoopback(options.Listen.Address), options.CorsOrigins).InvokeAsync);
        if (options.ApiKey is { } key) app.Use(new ApiKeyGate(key).InvokeAsync);
        return app;
    }
}
