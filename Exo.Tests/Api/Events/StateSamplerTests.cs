using Exo.Api;
using Exo.Api.Events;
using Exo.Tests.Client;
using Exo.Tests.Hub;
using Microsoft.Extensions.Logging;

namespace Exo.Tests.Api.Events;

public sealed class StateSamplerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Sampler_WhoseServiceFails_SaysSoOnce_AndTellsAgainWhenItAnswers()
    {
        var token = TestContext.Current.CancellationToken;
        var board = new EventBoard(_time);
        await using var watcher = board.WatchAsync(null, token).GetAsyncEnumerator(token);
        var next = watcher.MoveNextAsync().AsTask(); // Somebody watches.
        using var asked = new SemaphoreSlim(0);
        var isDown = true;
        await using var service = new FakeService
        {
            TellingState = _ =>
            {
                var isDownNow = Volatile.Read(ref isDown);
                asked.Release();
                return isDownNow ? throw new ExoException(ExoErrorKind.Unavailable, "the hub is down") : Task.CompletedTask;
            },
        };
        var log = new CountingLog();
        using var sampler = new StateSampler(service, board, _time, log);

        await sampler.StartAsync(token);
        Assert.True(await asked.WaitAsync(Patience, token));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await asked.WaitAsync(Patience, token));
        Volatile.Write(ref isDown, false);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await next.WaitAsync(Patience, token));
        Assert.Equal("nodes", watcher.Current.Event.Key);
        Assert.Equal(1, log.Warnings);
        await sampler.StopAsync(token);
        Assert.Equal(TaskStatus.RanToCompletion, sampler.ExecuteTask!.Status);
    }

    private sealed class CountingLog : ILogger<StateSampler>
    {
        public int Warnings { get; private set; }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Warnings += logLevel == LogLevel.Warning ? 1 : 0;
    }
}
