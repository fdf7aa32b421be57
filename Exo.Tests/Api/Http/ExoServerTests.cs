using System.Net;
using System.Net.Http.Headers;
using Exo.Api;
using Exo.Api.Http;
using Exo.Tests.Api.Mirror;

namespace Exo.Tests.Api.Http;

/// <summary>The server as a whole, over a real socket on loopback.</summary>
public sealed class ExoServerTests
{
    private const string Info = $"/api/models/{MirrorStore.Repo}";

    [Fact]
    public async Task Mirror_SwitchedOn_ServesTheStore()
    {
        using var store = new MirrorStore().Fill();
        await using var server = await Running.StartAsync(new ServerOptions { Listen = ServerOptions.ParseListen(":0"), Mirror = true }, store);

        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync(Info)).StatusCode);
        Assert.Contains("ok", await (await server.GetAsync("/health")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mirror_NotSwitchedOn_ServesNothingOfTheStore()
    {
        using var store = new MirrorStore().Fill();
        await using var server = await Running.StartAsync(new ServerOptions { Listen = ServerOptions.ParseListen(":0") }, store);

        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync(Info)).StatusCode);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("wrong", HttpStatusCode.Unauthorized)]
    [InlineData("secret", HttpStatusCode.OK)]
    public async Task ApiKey_Set_LetsThroughWhoKnowsIt(string? key, HttpStatusCode expected)
    {
        using var store = new MirrorStore().Fill();
        await using var server = await Running.StartAsync(new ServerOptions { Listen = ServerOptions.ParseListen(":0"), Mirror = true, ApiKey = "secret" }, store);

        Assert.Equal(expected, (await server.GetAsync(Info, key)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/health")).StatusCode);
    }

    [Fact]
    public async Task ApiKey_NotSentByAPull_IsAskedForByItsVariable()
    {
        using var store = new MirrorStore().Fill();
        await using var server = await Running.StartAsync(new ServerOptions { Listen = ServerOptions.ParseListen(":0"), Mirror = true, ApiKey = "secret" }, store);
        using var hub = new Exo.Hub.Protocol.HubClient(store.Options with { Endpoint = new Uri($"http://127.0.0.1:{server.Port}") });

        var failure = await Assert.ThrowsAsync<Exo.Hub.HubException>(() => hub.GetModelAsync(Exo.Hub.ModelReference.Parse("org/model")));

        Assert.Equal(Exo.Hub.HubError.AccessDenied, failure.Error);
        Assert.EndsWith("This server wants its key. Set HF_TOKEN to it.", failure.Message);
    }

    [Fact]
    public async Task Start_PortTaken_SaysWhatToDo()
    {
        using var store = new MirrorStore().Fill();
        await using var first = await Running.StartAsync(new ServerOptions { Listen = ServerOptions.ParseListen(":0") }, store);
        var options = new ServerOptions { Listen = ServerOptions.ParseListen($"127.0.0.1:{first.Port}") };

        var failure = await Assert.ThrowsAsync<ExoException>(() => Running.StartAsync(options, store));

        Assert.Contains("--listen", failure.Message, StringComparison.Ordinal);
    }

    private sealed class Running(Microsoft.AspNetCore.Builder.WebApplication app, Uri address) : IAsyncDisposable
    {
        private readonly HttpClient _client = new() { BaseAddress = address };

        public int Port => address.Port;

        public static async Task<Running> StartAsync(ServerOptions options, MirrorStore store)
        {
            var app = ExoServer.Build(options, store.Options);
            try
            {
                return new Running(app, await ExoServer.StartAsync(app, options, TestContext.Current.CancellationToken));
            }
            catch
            {
                await app.DisposeAsync();
                throw;
            }
        }

        public Task<HttpResponseMessage> GetAsync(string path, string? key = null)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            return _client.SendAsync(request, TestContext.Current.CancellationToken);
        }

        public ValueTask DisposeAsync()
        {
            _client.Dispose();
            return app.DisposeAsync();
        }
    }
}
