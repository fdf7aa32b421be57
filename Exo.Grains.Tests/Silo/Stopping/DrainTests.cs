using Exo.Api;
using Exo.Api.Remote;
using Exo.Silo.Stopping;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Exo.Grains.Tests.Silo.Stopping;

public sealed class DrainTests
{
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Stop_WithNothingRunning_ReturnsAtOnce()
    {
        using var drain = new Drain(TimeProvider.System);

        Assert.Equal(0, await drain.StopAsync(Never));
    }

    [Fact]
    public async Task Stop_WithARequestRunning_WaitsForItsEndAndRefusesOthers()
    {
        using var drain = new Drain(TimeProvider.System);
        var end = new TaskCompletionSource();
        var running = drain.InvokeAsync(Request("/v1/chat/completions"), _ => end.Task);

        var stopped = drain.StopAsync(Never);
        var late = Request("/v1/chat/completions");
        await drain.InvokeAsync(late, _ => throw new InvalidOperationException("a request was let in while the silo stops"));

        Assert.Equal(StatusCodes.Status503ServiceUnavailable, late.Response.StatusCode);
        Assert.False(stopped.IsCompleted);
        end.SetResult();
        await running;
        Assert.Equal(0, await stopped);
    }

    [Fact]
    public async Task Stop_TellsAConsoleWhoItIs_AndWhatToDo()
    {
        using var drain = new Drain(TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.Use(drain.InvokeAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        await drain.StopAsync(Never);
        await using var console = new HttpExoService(ServerAddress.Parse(app.Urls.Single()));

        var told = await Assert.ThrowsAsync<ExoException>(() => console.ListAsync(TestContext.Current.CancellationToken));

        Assert.Equal((ExoErrorKind.Unavailable, "this node is stopping: ask another one"), (told.Kind, told.Message));
        using var http = new HttpClient();
        using var response = await http.GetAsync(app.Urls.Single() + "/v1/models", TestContext.Current.CancellationToken);
        Assert.Equal(["1"], response.Headers.GetValues("Exo-Protocol"));
    }

    [Fact]
    public async Task Stop_AfterTheLimit_CutsOffWhatStillRuns()
    {
        using var drain = new Drain(TimeProvider.System);
        var request = Request("/v1/chat/completions");
        var running = drain.InvokeAsync(request, context => Task.Delay(Timeout.Infinite, context.RequestAborted));

        Assert.Equal(1, await drain.StopAsync(TimeSpan.Zero));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Never, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Stop_WithSomebodyWatchingEvents_EndsThatAtOnce()
    {
        using var drain = new Drain(TimeProvider.System);
        var running = drain.InvokeAsync(Request("/exo/events"), context => Task.Delay(Timeout.Infinite, context.RequestAborted));

        Assert.Equal(0, await drain.StopAsync(Never));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private static DefaultHttpContext Request(string path)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpRequestLifetimeFeature>(new Lifetime());
        context.Request.Path = path;
        return context;
    }

    private sealed class Lifetime : IHttpRequestLifetimeFeature
    {
        private readonly CancellationTokenSource _aborted = new();

        public Lifetime() => RequestAborted = _aborted.Token;

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => _aborted.Cancel();
    }
}
