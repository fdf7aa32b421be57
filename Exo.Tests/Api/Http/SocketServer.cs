using Exo.Api;
using Exo.Api.Events;
using Exo.Api.Http;
using Exo.Hub;
using Microsoft.AspNetCore.Builder;

namespace Exo.Tests.Api.Http;

/// <summary>The server as `exo serve` starts it, on a free port of this machine.</summary>
internal sealed class SocketServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SocketServer(WebApplication app, Uri address) => (_app, Address) = (app, address);

    public Uri Address { get; }

    public HttpClient Client => field ??= new HttpClient { BaseAddress = Address };

    public static async Task<SocketServer> StartAsync(IExoService service, ServerOptions? options = null, EventBoard? events = null)
    {
        options = (options ?? new ServerOptions()) with { Listen = ServerOptions.ParseListen(":0") };
        var app = ExoServer.Build(options, new HubOptions { CacheFolder = Path.Combine(Path.GetTempPath(), "exo-no-store") }, service, events);
        return new SocketServer(app, await ExoServer.StartAsync(app, options, TestContext.Current.CancellationToken));
    }

    /// <summary>Lets what runs come to its end, as long as it may take.</summary>
    public Task StopAsync() => _app.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
    }
}
