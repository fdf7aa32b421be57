using System.Net.Sockets;
using System.Text;
using Exo.Api;
using Exo.Api.Events;
using Exo.Api.Local;
using Exo.Tests.Client;

namespace Exo.Tests.Api.Http;

/// <summary>Callers who leave, who don't read, and a server that ends: over real sockets.</summary>
public sealed class DisconnectTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/v1/completions", """{"model":"m","prompt":"a","stream":true}""")]
    [InlineData("/v1/completions", """{"model":"m","prompt":"a"}""")]
    [InlineData("/v1/completions", """{"model":"m","prompt":["a","b"],"n":2,"stream":true}""")]
    [InlineData("/v1/chat/completions", """{"model":"m","messages":[{"role":"user","content":"a"}],"stream":true}""")]
    [InlineData("/exo/answer", """{"model":"m","text":"a"}""")]
    public async Task Caller_Leaves_EndsItsAnswersAtOnce(string path, string question)
    {
        var service = new FakeService();
        var begun = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        service.BeforePart = async (_, token) =>
        {
            using var registration = token.Register(() => ended.TrySetResult());
            begun.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
        };
        await using var server = await SocketServer.StartAsync(service);

        using (var caller = await AskAsync(server, path, question)) await begun.Task.WaitAsync(Patience, Now);

        await ended.Task.WaitAsync(Patience, Now);
    }

    [Fact]
    public async Task Callers_LeaveInMidAnswer_LeaveNoKeysAndValuesBehind()
    {
        await using var service = new LocalExoService();
        await using var server = await SocketServer.StartAsync(service);
        await using var released = service.Events.WatchAsync(null, Now).GetAsyncEnumerator(Now);
        var callers = new List<TcpClient>();
        for (var seed = 0; seed < 4; seed++)
            callers.Add(await AskAsync(server, "/v1/completions", $$"""{"model":"stories","prompt":"Once","max_tokens":900,"seed":{{seed}},"stream":true}"""));
        foreach (var caller in callers) await ReadUntilAsync(caller, "\"text\"");

        foreach (var caller in callers) caller.Dispose();

        while (await released.MoveNextAsync().AsTask().WaitAsync(Patience))
        {
            var model = Assert.Single(await service.ListLoadedAsync(Now));
            if (model.ActiveCount > 0) continue;
            Assert.Equal(0, model.KvUsedByteCount);
            return;
        }
    }

    [Fact]
    public async Task Caller_ReadsNothing_HoldsNobodyUpAndIsGivenUp()
    {
        var service = new FakeService { Answer = [.. Enumerable.Repeat(new string('x', 10_000), 5_000)] };
        var ended = new TaskCompletionSource();
        var first = 0;
        service.BeforePart = (_, token) =>
        {
            if (Interlocked.Exchange(ref first, 1) == 0) token.Register(() => ended.TrySetResult());
            return Task.CompletedTask;
        };
        await using var server = await SocketServer.StartAsync(service, new() { Limits = new() { SlowestReaderBytesPerSecond = 1 << 24 } });
        using var silent = await AskAsync(server, "/v1/completions", """{"model":"m","prompt":"a","stream":true}""");
        await ReadUntilAsync(silent, "xxx");

        // Another's answer comes meanwhile, whole.
        var other = await server.Client.PostAsync("/v1/completions", new StringContent("""{"model":"m","prompt":"b"}"""), Now).WaitAsync(Patience, Now);
        Assert.Equal(50_000_000, System.Text.Json.JsonDocument.Parse(await other.Content.ReadAsStringAsync(Now)).RootElement.GetProperty("choices")[0].GetProperty("text").GetString()!.Length);

        await ended.Task.WaitAsync(Patience, Now);
    }

    [Fact]
    public async Task Server_Ends_OnceTheRunningAnswerIsWrittenAndWatchersAreSentAway()
    {
        var service = new FakeService();
        var begun = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        service.BeforePart = (_, _) =>
        {
            begun.TrySetResult();
            return goOn.Task;
        };
        var events = new EventBoard();
        await using var server = await SocketServer.StartAsync(service, events: events);
        using var watcher = await AskAsync(server, "/exo/events", null);
        await ReadUntilAsync(watcher, ": ");
        var answer = server.Client.PostAsync("/v1/completions", new StringContent("""{"model":"m","prompt":"b"}"""), Now);
        await begun.Task.WaitAsync(Patience, Now);

        var stopping = server.StopAsync();
        while (await watcher.GetStream().ReadAsync(new byte[256], Now).AsTask().WaitAsync(Patience) > 0)
        {
            // To the end of the events.
        }
        Assert.False(stopping.IsCompleted);
        goOn.SetResult();

        Assert.Contains("Hello, you.", await (await answer.WaitAsync(Patience, Now)).Content.ReadAsStringAsync(Now));
        await stopping.WaitAsync(Patience, Now);
    }

    [Fact]
    public async Task Question_TooLarge_IsRefused()
    {
        await using var server = await SocketServer.StartAsync(new FakeService(), new() { Limits = new() { BodyByteCount = 1000 } });

        var response = await server.Client.PostAsync("/v1/completions", new StringContent($$"""{"model":"m","prompt":"{{new string('a', 2000)}}"}"""), Now);

        Assert.Equal(System.Net.HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("request_too_large", await response.Content.ReadAsStringAsync(Now));
    }

    [Fact]
    public async Task Events_OfAServer_ComeAsTheyHappenAndGoOnWhereTheyWereLeft()
    {
        await using var service = new LocalExoService();
        await using var server = await SocketServer.StartAsync(service, events: service.Events);
        using var watcher = await AskAsync(server, "/exo/events", null);

        using var answer = await server.Client.PostAsync("/v1/completions", new StringContent("""{"model":"stories","prompt":"Once","max_tokens":1}"""), Now);
        var seen = await ReadUntilAsync(watcher, "\"fraction\":1");
        var nodes = await ReadUntilAsync(watcher, "event: nodes");

        Assert.Contains("event: load", seen);
        Assert.Contains("\"key\":\"load:stories\"", seen);
        Assert.Contains("event: nodes", nodes);
    }

    private static async Task<TcpClient> AskAsync(SocketServer server, string path, string? body)
    {
        var caller = new TcpClient { ReceiveBufferSize = 4096 };
        await caller.ConnectAsync(server.Address.Host, server.Address.Port, Now);
        var request = body is null
            ? $"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"
            : $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";
        await caller.GetStream().WriteAsync(Encoding.UTF8.GetBytes(request), Now);
        return caller;
    }

    private static async Task<string> ReadUntilAsync(TcpClient caller, string text)
    {
        var seen = new StringBuilder();
        var buffer = new byte[1024];
        while (!seen.ToString().Contains(text, StringComparison.Ordinal))
        {
            var count = await caller.GetStream().ReadAsync(buffer, Now).AsTask().WaitAsync(Patience);
            Assert.True(count > 0, $"the server ended before it said {text}: {seen}");
            seen.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
        return seen.ToString();
    }
}
