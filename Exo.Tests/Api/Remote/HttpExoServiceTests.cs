using System.Net;
using System.Text;
using Exo.Api;
using Exo.Api.Http;
using Exo.Api.Local;
using Exo.Api.Remote;
using Exo.Tests.Api.Http;
using Exo.Tests.Client;

namespace Exo.Tests.Api.Remote;

/// <summary>The contract over HTTP: what goes in comes out, failures keep their kind and sentence, and the way there breaks with words.</summary>
public sealed class HttpExoServiceTests
{
    private static readonly ServerAddress Address = ServerAddress.Parse("localhost");

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryQuestion_OverHttp_IsAnsweredAsInProcess()
    {
        await using var face = await FaceServer.StartAsync(new FakeService
        {
            Models = [new() { Name = "org/name", Kind = StoredModelKind.Pulled, ByteCount = 5, Path = "/m", Modified = DateTimeOffset.UnixEpoch }],
            Snapshots = [new() { Model = "m", Phase = PullPhase.Fetching, DoneByteCount = 1, ByteCount = 2 }, new() { Model = "m", Phase = PullPhase.Done, DoneByteCount = 2, ByteCount = 2 }],
        });
        await using var remote = Remote(face);
        var local = face.Fake;

        Assert.Equal(local.Models, await remote.ListAsync(Now));
        Assert.Equal((await local.ShowAsync("m", Now)).Layers, (await remote.ShowAsync("m", Now)).Layers);
        Assert.Equal(local.Plan.Files, (await remote.PlanPullAsync(new PullRequest { Model = "m" }, Now)).Files);
        Assert.Equal([PullPhase.Fetching, PullPhase.Done], (await AllAsync(remote.PullAsync(new PullRequest { Model = "m", Exclude = ["x"] }, Now))).Select(snapshot => snapshot.Phase));
        Assert.Equal(["x"], Assert.Single(local.Pulled).Exclude);
        Assert.Equal((PullPhase.Paused, "m"), (await remote.ControlPullAsync(new PullControl { Model = "m", Paused = true, Priority = -3 }, Now)) is var held ? (held.Phase, held.Model) : default);
        Assert.Equal(new PullControl { Model = "m", Paused = true, Priority = -3 }, Assert.Single(local.Controlled));
        Assert.Equal(local.Verified.Files, (await AllAsync(remote.VerifyAsync("m", Now)))[^1].Files);
        Assert.Equal(new RemovedModel("m", 3L << 30), await remote.RemoveAsync("m", Now));
        Assert.Equal((await local.TokenizeAsync(new TokenizeRequest { Model = "m", Text = "é" }, Now)).Tokens, (await remote.TokenizeAsync(new TokenizeRequest { Model = "m", Text = "é", AddSpecialTokens = false }, Now)).Tokens);
        Assert.False(local.Tokenized!.AddSpecialTokens);
        Assert.Equal("m", (await AllAsync(remote.LoadAsync(new LoadRequest { Model = "m", ContextLength = 9 }, Now)))[^1].Model!.Name);
        Assert.Equal(9, local.Loaded[^1].ContextLength);
        Assert.True(await remote.UnloadAsync("m", Now));
        Assert.Equal("m", Assert.Single(await remote.ListLoadedAsync(Now)).Name);
        Assert.Equal("m", (await remote.PlaceAsync(new PlaceRequest { Model = "m" }, Now)).Model);
        Assert.Equal("here", Assert.Single((await remote.GetStateAsync(Now)).Nodes).Name);
    }

    [Fact]
    public async Task Answer_OverHttp_LosesNothing()
    {
        await using var local = new LocalExoService();
        await using var face = await FaceServer.StartAsync(local);
        await using var remote = Remote(face);
        var request = new AnswerRequest { Model = "stories", Text = "Once upon a time", MaxTokens = 20, TopLogprobs = 3, TokenBytes = true, EchoPrompt = true, Sampling = new() { Seed = ulong.MaxValue, Temperature = 1 } };

        var here = await AllAsync(local.AnswerAsync(request, Now));
        var there = await AllAsync(remote.AnswerAsync(request, Now));

        Assert.Equal(here.Count, there.Count);
        Assert.Equal(string.Concat(here.Select(next => next.Text)), string.Concat(there.Select(next => next.Text)));
        // Bit for bit, log-probabilities too.
        Assert.Equal(here.SelectMany(next => next.Tokens).Select(token => (token.Id, token.Logprob)), there.SelectMany(next => next.Tokens).Select(token => (token.Id, token.Logprob)));
        Assert.Equal(here.SelectMany(next => next.Tokens).SelectMany(token => token.Bytes!), there.SelectMany(next => next.Tokens).SelectMany(token => token.Bytes!));
        Assert.Equal(here.Single(next => next.Prompt is not null).Prompt!.Select(token => token.Logprob), there.Single(next => next.Prompt is not null).Prompt!.Select(token => token.Logprob));
        Assert.Equal(ulong.MaxValue, there[^1].Usage!.Seed);
        Assert.Equal(FinishReason.Length, there[^1].FinishReason);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Failure_OnTheServer_KeepsItsKindAndSentence(ExoErrorKind kind)
    {
        await using var face = await FaceServer.StartAsync(new FakeService { AnswerFailure = new ExoException(kind, "so it “is”") });
        await using var remote = Remote(face);

        var before = await Assert.ThrowsAsync<ExoException>(() => AllAsync(remote.AnswerAsync(new AnswerRequest { Model = "m", Text = "a" }, Now)));
        face.Fake.AnswerFailure = null;
        face.Fake.BeforePart = (index, _) => index == 2 ? throw new ExoException(kind, "so it is, midway") : Task.CompletedTask;
        var midway = await Assert.ThrowsAsync<ExoException>(() => AllAsync(remote.AnswerAsync(new AnswerRequest { Model = "m", Text = "a" }, Now)));

        Assert.Equal((kind, "so it “is”"), (before.Kind, before.Message));
        Assert.Equal((kind, "so it is, midway"), (midway.Kind, midway.Message));
    }

    public static TheoryData<ExoErrorKind> Kinds { get; } = [.. Enum.GetValues<ExoErrorKind>()];

    [Fact]
    public async Task Answer_Cancelled_EndsOnTheServerToo()
    {
        await using var face = await FaceServer.StartAsync();
        await using var remote = Remote(face);
        var ended = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();
        face.Fake.BeforePart = async (index, token) =>
        {
            if (index < 2) return;
            using var registration = token.Register(ended.SetResult);
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var next in remote.AnswerAsync(new AnswerRequest { Model = "m", Text = "a" }, stop.Token))
                if (next.Tokens.Count > 0) await stop.CancelAsync();
        });

        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10), Now);
    }

    [Theory]
    [InlineData(null, "wants a key")]
    [InlineData("wrong", "does not take this key")]
    public async Task Key_MissingOrWrong_IsSaid(string? key, string words)
    {
        await using var face = await FaceServer.StartAsync(options: new ServerOptions { ApiKey = "right" });
        await using var remote = new HttpExoService(Address with { ApiKey = key }, face.Server.CreateHandler());
        await using var right = new HttpExoService(Address with { ApiKey = "right" }, face.Server.CreateHandler());

        var refused = await Assert.ThrowsAsync<ExoException>(() => remote.ListAsync(Now));

        Assert.Equal(ExoErrorKind.Forbidden, refused.Kind);
        Assert.Contains(words, refused.Message);
        Assert.Contains("EXO_API_KEY", refused.Message);
        Assert.Empty(await right.ListAsync(Now));
    }

    [Fact]
    public async Task Server_NobodyThere_IsSaidWithTheAddress()
    {
        using var free = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        await using var remote = new HttpExoService(ServerAddress.Parse($"127.0.0.1:{port}"));

        var refused = await Assert.ThrowsAsync<ExoException>(() => remote.ListAsync(Now));

        Assert.Equal(ExoErrorKind.Unavailable, refused.Kind);
        Assert.Contains($"http://127.0.0.1:{port}", refused.Message);
        Assert.Contains("nothing listens there", refused.Message);
    }

    [Theory]
    [InlineData(200, "", "<html>", "text/html", "no Exo server")]
    [InlineData(404, "", "not found", "text/plain", "no Exo server")]
    [InlineData(502, "", "{\"oops\":1}", "application/json", "no Exo server")]
    [InlineData(200, "2", "[]", "application/json", "version 2")]
    [InlineData(200, "1", "{\"not\":\"a list\"}", "application/json", "not understood")]
    public async Task Server_OfAnotherKind_IsSaid(int status, string version, string body, string type, string words)
    {
        await using var remote = new HttpExoService(Address, new Canned(() => Response(status, version, body, type)));

        Assert.Contains(words, (await Assert.ThrowsAsync<ExoException>(() => remote.ListAsync(Now))).Message);
    }

    [Fact]
    public async Task Stream_CutBeforeItsEnd_IsNoAnswer()
    {
        await using var remote = new HttpExoService(Address, new Canned(() => Response(200, "1", "{\"text\":\"Once\"}\n", "application/x-ndjson")));

        var broken = await Assert.ThrowsAsync<ExoException>(() => AllAsync(remote.AnswerAsync(new AnswerRequest { Model = "m", Text = "a" }, Now)));

        Assert.Equal(ExoErrorKind.Unavailable, broken.Kind);
        Assert.Contains("broke off", broken.Message);
    }

    [Fact]
    public async Task Console_OfAnotherVersion_IsToldSoByTheServer()
    {
        await using var face = await FaceServer.StartAsync();
        var request = new HttpRequestMessage(HttpMethod.Get, "/exo/list");
        request.Headers.Add("Exo-Protocol", "99");

        var reply = await face.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Contains("version 1", reply.Error.GetProperty("message").GetString());
        Assert.Contains("version 99", reply.Error.GetProperty("message").GetString());
    }

    private static HttpExoService Remote(FaceServer face) => new(Address, face.Server.CreateHandler());

    private static HttpResponseMessage Response(int status, string version, string body, string type)
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, type) };
        if (version.Length > 0) response.Headers.Add("Exo-Protocol", version);
        return response;
    }

    private static async Task<List<T>> AllAsync<T>(IAsyncEnumerable<T> items)
    {
        var all = new List<T>();
        await foreach (var item in items) all.Add(item);
        return all;
    }

    /// <summary>A server that always says the same.</summary>
    private sealed class Canned(Func<HttpResponseMessage> response) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(response());
    }
}
