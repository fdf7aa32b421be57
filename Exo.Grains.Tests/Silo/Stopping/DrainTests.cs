using Exo.Silo.Stopping;
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
