using System.Net;
using System.Text;
using System.Text.Json;
using Exo.Api;
using Exo.Api.Events;
using Exo.Api.Http;
using Exo.Tests.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Exo.Tests.Api.Http;

/// <summary>The HTTP face over any service, in memory: requests reach it without a socket.</summary>
internal sealed class FaceServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FaceServer(WebApplication app, IExoService service, EventBoard events)
    {
        (_app, Service, Events) = (app, service, events);
        Client = app.GetTestClient();
    }

    public IExoService Service { get; }

    public FakeService Fake => (FakeService)Service;

    public EventBoard Events { get; }

    public HttpClient Client { get; }

    public TestServer Server => _app.GetTestServer();

    public static async Task<FaceServer> StartAsync(IExoService? service = null, HttpLimits? limits = null, ServerOptions? options = null, TimeProvider? time = null)
    {
        service ??= new FakeService();
        var events = new EventBoard(time);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.UseExoGate(options ?? new ServerOptions());
        app.UseRouting();
        app.MapExo(service, events, limits, time);
        await app.StartAsync();
        return new FaceServer(app, service, events);
    }

    public Task<Reply> PostAsync(string path, string json) => SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") });

    public Task<Reply> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    /// <summary>Sends a request and reads its answer to the end.</summary>
    public async Task<Reply> SendAsync(HttpRequestMessage request)
    {
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));
        return new Reply(response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response.Content.Headers.ContentType?.MediaType);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    /// <summary>An answer, whole.</summary>
    internal sealed record Reply(HttpStatusCode Status, string Text, string? MediaType)
    {
        public JsonElement Json => JsonDocument.Parse(Text).RootElement;

        /// <summary>The data of its server-sent events.</summary>
        public string[] Data => [.. Text.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line["data: ".Length..])];

        /// <summary>Its JSON records, those of a stream that ends with [DONE] or those of lines.</summary>
        public JsonElement[] Records => [.. (MediaType == "text/event-stream" ? Data : Text.Split('\n')).Where(line => line is not ("" or "[DONE]")).Select(line => JsonDocument.Parse(line).RootElement)];

        public JsonElement Error => Json.GetProperty("error");
    }
}
