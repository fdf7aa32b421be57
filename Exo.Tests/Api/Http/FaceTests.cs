using System.Net;
using Exo.Api;
using Exo.Api.Http;
using Exo.Tests.Client;

namespace Exo.Tests.Api.Http;

/// <summary>The face's other addresses, its limits, and whom it lets in.</summary>
public sealed class FaceTests
{
    [Fact]
    public async Task Models_ListAndOne_NameWhatCanBeAsked()
    {
        await using var face = await FaceServer.StartAsync(new FakeService
        {
            Models = [new() { Name = "stories", Kind = StoredModelKind.Sample, ByteCount = 1, Path = "/m" }, new() { Name = "org/name", Kind = StoredModelKind.Pulled, ByteCount = 1, Path = "/n" }, new() { Name = "org/part", Kind = StoredModelKind.Pulled, ByteCount = 1, Path = "/p", Complete = false }],
        });

        var list = await face.GetAsync("/v1/models");
        var one = await face.GetAsync("/v1/models/org/name");
        var none = await face.GetAsync("/v1/models/org/part");

        Assert.Equal(["stories", "org/name"], list.Json.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()));
        Assert.Equal(("org/name", "model", "org"), (one.Json.GetProperty("id").GetString(), one.Json.GetProperty("object").GetString(), one.Json.GetProperty("owned_by").GetString()));
        Assert.Equal((HttpStatusCode.NotFound, "model_not_found"), (none.Status, none.Error.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("/exo/show", """{"modl":"m"}""", "'model' is missing")]
    [InlineData("/exo/show", "[1]", "the request's body must be a JSON object")]
    [InlineData("/exo/load", """{"model":"m","threads":"all"}""", "'threads' must be a number in its range")]
    [InlineData("/exo/load", """{"model":"m","quantization":"q9"}""", "'quantization' must be something else: docs/http.md tells the kinds and values of each field")]
    [InlineData("/v1/chat/completions", """{"model":"m","messages":"Hi"}""", "'messages' must be a list")]
    [InlineData("/v1/chat/completions", """{"model":5}""", "'model' must be a text")]
    public async Task Body_ThatIsNoRequest_SaysWhatIsWrongInTheCallersWords(string path, string body, string message)
    {
        await using var face = await FaceServer.StartAsync();

        var reply = await face.PostAsync(path, body);

        Assert.Equal((HttpStatusCode.BadRequest, message), (reply.Status, reply.Error.GetProperty("message").GetString()));
    }

    [Fact]
    public async Task OllamaPull_ThatCantBegin_TellsItAsOllamasClientsReadIt()
    {
        await using var face = await FaceServer.StartAsync();

        var reply = await face.PostAsync("/api/pull", "{}");

        Assert.Equal((HttpStatusCode.BadRequest, "'model' is missing: org/name[@revision]"), (reply.Status, reply.Error.GetString()));
    }

    [Fact]
    public async Task OllamaPull_Streamed_TellsEachFileAndSuccess()
    {
        await using var face = await FaceServer.StartAsync(new FakeService { Snapshots = [Snapshot(5), Snapshot(5), Snapshot(10)] });

        var reply = await face.PostAsync("/api/pull", """{"model":"org/name"}""");

        Assert.Equal(["pulling manifest", "pulling a", "pulling a", "success"], reply.Records.Select(record => record.GetProperty("status").GetString()));
        Assert.Equal((10, 10), (reply.Records[2].GetProperty("completed").GetInt32(), reply.Records[2].GetProperty("total").GetInt32()));
        Assert.Equal("success", (await face.PostAsync("/api/pull", """{"name":"org/name","stream":false}""")).Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Unknown_Address_IsAnErrorOfOurs()
    {
        await using var face = await FaceServer.StartAsync();

        var reply = await face.PostAsync("/v1/embeddings", "{}");

        Assert.Equal((HttpStatusCode.NotFound, "unknown_url"), (reply.Status, reply.Error.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("localhost", null, HttpStatusCode.OK)]
    [InlineData("127.0.0.1:52415", null, HttpStatusCode.OK)]
    [InlineData("[::1]:52415", null, HttpStatusCode.OK)]
    [InlineData("evil.example", null, HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost.evil.example", null, HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost", "http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost", "null", HttpStatusCode.Forbidden)]
    [InlineData("localhost:52415", "http://localhost:52415", HttpStatusCode.OK)]
    [InlineData("localhost:52415", "http://localhost:3000", HttpStatusCode.Forbidden)]
    [InlineData("localhost", "https://chat.example", HttpStatusCode.OK)]
    public async Task Browser_FromElsewhere_IsTurnedAway(string host, string? origin, HttpStatusCode expected)
    {
        await using var face = await FaceServer.StartAsync(options: new ServerOptions { CorsOrigins = ["https://chat.example"] });
        var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Host = host;
        if (origin is not null) request.Headers.Add("Origin", origin);

        Assert.Equal(expected, (await face.SendAsync(request)).Status);
    }

    [Fact]
    public async Task Cors_AllowedOrigin_GetsItsPreflightWithoutAKey()
    {
        await using var face = await FaceServer.StartAsync(options: new ServerOptions { CorsOrigins = ["https://chat.example"], ApiKey = "secret" });
        var preflight = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
        preflight.Headers.Add("Origin", "https://chat.example");

        var response = await face.Client.SendAsync(preflight, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("https://chat.example", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal(HttpStatusCode.Unauthorized, (await face.GetAsync("/v1/models")).Status);
    }

    [Fact]
    public async Task Answers_MoreThanTheServerTakes_AreToldToComeBack()
    {
        await using var face = await FaceServer.StartAsync(limits: new HttpLimits { Answers = 1 });
        var inside = new TaskCompletionSource();
        var leave = new TaskCompletionSource();
        face.Fake.BeforePart = (_, _) =>
        {
            inside.TrySetResult();
            return leave.Task;
        };

        var first = face.PostAsync("/v1/completions", """{"model":"m","prompt":"a"}""");
        await inside.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        var second = await face.PostAsync("/v1/completions", """{"model":"m","prompt":"a"}""");
        leave.SetResult();

        Assert.Equal((HttpStatusCode.TooManyRequests, "busy"), (second.Status, second.Error.GetProperty("kind").GetString()));
        Assert.Equal(HttpStatusCode.OK, (await first).Status);
        Assert.Equal(HttpStatusCode.OK, (await face.PostAsync("/v1/completions", """{"model":"m","prompt":"a"}""")).Status);
    }

    [Fact]
    public async Task Answer_LongerThanTheServerAllows_EndsAndSaysSo()
    {
        await using var face = await FaceServer.StartAsync(limits: new HttpLimits { Answer = TimeSpan.FromMilliseconds(50) });
        face.Fake.BeforePart = (_, token) => Task.Delay(Timeout.InfiniteTimeSpan, token);

        var reply = await face.PostAsync("/v1/completions", """{"model":"m","prompt":"a"}""");

        Assert.Equal(HttpStatusCode.InternalServerError, reply.Status);
        Assert.Contains("longer than this server allows", reply.Error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Stream_Silent_SaysThatItIsAlive()
    {
        await using var face = await FaceServer.StartAsync(limits: new HttpLimits { Heartbeat = TimeSpan.FromMilliseconds(20) });
        var heard = new TaskCompletionSource();
        face.Fake.BeforePart = (index, _) => index == 1 ? heard.Task : Task.CompletedTask;
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = new StringContent("""{"model":"m","prompt":"a","stream":true}""") };

        using var response = await face.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10)) is { } line && line != ": ")
        {
            // The answer's beginning.
        }
        heard.SetResult();

        Assert.EndsWith("data: [DONE]\n\n", await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task State_AndHealth_AreTold()
    {
        await using var face = await FaceServer.StartAsync();

        Assert.Equal("here", (await face.GetAsync("/exo/state")).Json.GetProperty("nodes")[0].GetProperty("name").GetString());
        Assert.Equal("ok", (await face.GetAsync("/health")).Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Root_WithoutTheKey_SaysThatExoIsRunningAndWhereWhatIs()
    {
        await using var face = await FaceServer.StartAsync(options: new ServerOptions { ApiKey = "secret" });

        var about = await face.GetAsync("/");

        Assert.Equal((HttpStatusCode.OK, "text/plain"), (about.Status, about.MediaType));
        Assert.Matches(@"^Exo \d+\.\d+\.\d+ is running: [^\n]*/v1[^\n]*/health\.\n$", about.Text);
        Assert.Equal(HttpStatusCode.Unauthorized, (await face.GetAsync("/v1/models")).Status);
    }

    [Fact]
    public async Task Root_AskedByAForeignPage_IsRefused()
    {
        await using var face = await FaceServer.StartAsync();
        var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("Origin", "https://elsewhere.example");

        Assert.Equal(HttpStatusCode.Forbidden, (await face.SendAsync(request)).Status);
    }

    private static PullProgress Snapshot(long done) => new()
    {
        Model = "org/name",
        Phase = done == 10 ? PullPhase.Done : PullPhase.Fetching,
        DoneByteCount = done,
        ByteCount = 10,
        Files = [new("a", FileState.Running, done, 10)],
    };
}
