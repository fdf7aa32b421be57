using Exo.Api.Mirror;
using Exo.Hub;
using Exo.Hub.Slices;
using Exo.Hub.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Exo.Tests.Api.Mirror;

/// <summary>A machine's store, served on a loopback port as <c>exo serve --mirror</c> does.</summary>
internal sealed class MirrorServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<(string Path, string Authorization, long Bytes)> _requests = [];

    private MirrorServer(HubCache cache, SliceStore? slices)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        builder.Services.AddRoutingCore();
        _app = builder.Build();
        _app.Use(CountAsync);
        _app.UseRouting();
        _app.MapMirror(cache, slices);
    }

    /// <summary>What HF_ENDPOINT is set to.</summary>
    public string Endpoint => _app.Urls.First();

    /// <summary>Address, authorization and body bytes of each answered request.</summary>
    public IReadOnlyList<(string Path, string Authorization, long Bytes)> Requests
    {
        get
        {
            lock (_requests) return [.. _requests];
        }
    }

    public static async Task<MirrorServer> StartAsync(HubOptions options, SliceStore? slices = null)
    {
        var server = new MirrorServer(new HubCache(options), slices);
        await server._app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        var bytes = context.Response.StatusCode is 200 or 206 && !HttpMethods.IsHead(context.Request.Method) ? context.Response.ContentLength ?? 0 : 0;
        lock (_requests) _requests.Add((context.Request.Path, context.Request.Headers.Authorization.ToString(), bytes));
    }
}
