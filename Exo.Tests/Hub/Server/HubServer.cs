using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Exo.Tests.Hub.Server;

/// <summary>
/// A Hugging Face hub in this process, speaking HTTP/1.1 on two loopback addresses: the hub, and the CDN that large files are
/// redirected to. It keeps no bytes (contents are computed), records every request, and lies on demand (<see cref="FaultPlan"/>).
/// It knows nothing of Exo.Hub.
/// </summary>
internal sealed class HubServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, HubRepository> _repositories = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _stopping = new();
    private readonly HubQuota _quota;
    private readonly HubAccess _access;
    private readonly ModelEndpoints _models;
    private readonly ResolveEndpoints _resolve;
    private readonly CdnEndpoint _cdn;

    private HubServer(HubServerOptions options)
    {
        Options = options;
        var paces = new ConnectionPaces(options);
        var bodies = new BodySender(options, paces, _stopping.Token);
        var signatures = new SignedAddresses(options);
        _quota = new HubQuota(options);
        _access = new HubAccess(options);
        _models = new ModelEndpoints(options, bodies);
        _resolve = new ResolveEndpoints(options, bodies, signatures, () => Cdn);
        _cdn = new CdnEndpoint(signatures, bodies);

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, paces));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public HubServerOptions Options { get; }

    public HubLedger Ledger { get; } = new();

    /// <summary>What HF_ENDPOINT is set to, without a trailing slash.</summary>
    public string Endpoint { get; private set; } = "";

    /// <summary>The CDN's address: another host wherever the system has more than one loopback address (Linux, Windows).</summary>
    public string Cdn { get; private set; } = "";

    public static async Task<HubServer> StartAsync(HubServerOptions? options = null)
    {
        var server = new HubServer(options ?? new HubServerOptions());
        await server._app.StartAsync();
        server.Endpoint = server._app.Urls.First();
        server.Cdn = server._app.Urls.Last();
        return server;
    }

    /// <summary>Adds an empty repository.</summary>
    public HubRepository Add(string id) => _repositories[id] = new HubRepository(id);

    /// <summary>Adds a repository whose main branch has these files.</summary>
    public HubRepository Add(string id, params ServedFile[] files)
    {
        var repository = Add(id);
        repository.Commit("main", files);
        return repository;
    }

    /// <summary>Cuts what is still being answered, stalls included.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    private void Listen(KestrelServerOptions kestrel, ConnectionPaces paces)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MinResponseDataRate = null;
        var cdn = OperatingSystem.IsMacOS() ? IPAddress.IPv6Loopback : IPAddress.Parse("127.0.0.2");
        foreach (var address in new[] { IPAddress.Loopback, cdn })
            kestrel.Listen(address, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => connection => CountAsync(next, connection, paces));
            });
    }

    private async Task CountAsync(ConnectionDelegate next, ConnectionContext connection, ConnectionPaces paces)
    {
        Ledger.ConnectionOpened();
        try
        {
            await next(connection);
        }
        finally
        {
            Ledger.ConnectionClosed();
            paces.Forget(connection.ConnectionId);
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var exchange = new HubExchange(context, Cdn, Ledger);
        try
        {
            if (Options.Latency > TimeSpan.Zero) await Task.Delay(Options.Latency, Options.Clock, context.RequestAborted);
            await RouteAsync(exchange);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or ConnectionResetException or ConnectionAbortedException)
        {
            // The client went away, or a fault cut the connection.
        }
        finally
        {
            if (exchange.Record.Status == 0 && context.Response.HasStarted) exchange.Record.Status = context.Response.StatusCode;
        }
    }

    private Task RouteAsync(HubExchange exchange)
    {
        if (exchange.Record.IsCdn) return _cdn.AnswerAsync(exchange);
        if (!_quota.Admit(exchange)) return HubErrors.TooManyRequestsAsync(exchange);

        var address = HubAddress.Parse(exchange.Path);
        if (address.Route is HubRoute.WhoAmI or HubRoute.Unknown) return _access.WhoAmIAsync(exchange, address);
        var repository = _repositories.GetValueOrDefault(address.Repository);
        if (repository?.RenamedTo is { } name) return HubErrors.RenamedAsync(exchange, address, name);
        if (_access.Refuse(exchange, repository, address) is { } refusal) return refusal;

        var commit = repository!.Find(address.Revision);
        if (commit is null) return HubErrors.RevisionNotFoundAsync(exchange, address.Revision);
        return address.Route is HubRoute.Info or HubRoute.Tree
            ? _models.AnswerAsync(exchange, address, repository, commit)
            : _resolve.AnswerAsync(exchange, address, repository, commit);
    }
}
