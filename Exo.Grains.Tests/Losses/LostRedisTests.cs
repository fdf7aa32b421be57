using System.Diagnostics;
using Exo.Grains.Tests.Losses.Scenarios;
using Exo.Grains.Tests.Silo;
using Exo.Grains.Tests.Silo.Processes;

namespace Exo.Grains.Tests.Losses;

/// <summary>Redis goes while silos answer, and comes back.</summary>
[Collection(SiloProcesses.Name)]
public sealed class LostRedisTests
{
    private static readonly TimeSpan InTheEnd = TimeSpan.FromSeconds(30);

    /// <summary>Several looks of everything that looks at Redis now and then.</summary>
    private static readonly TimeSpan SomeLooks = TimeSpan.FromSeconds(2.5);

    [Fact]
    public async Task Answers_WhileRedisIsGoneAndAWatcherLeaves_GoOnWithTheSameTokens()
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var redis = await RedisProcess.StartAsync();
        await using var cluster = new SiloCluster();
        await Task.WhenAll(cluster.StartAsync("a", "--redis", redis.Address), cluster.StartAsync("b", "--redis", redis.Address));
        await cluster.SettleAsync("a");
        await cluster.SettleAsync("b");
        await cluster.LoadAsync("a", "stories", 2);
        var answers = 0;
        var reading = Task.WhenAll(ReadAsync("a", seed: 31), ReadAsync("b", seed: 32));
        var leave = await WatchAsync();

        await redis.KillAsync();
        await cluster.Silos["a"].SaysAsync("is away", InTheEnd);
        await cluster.Silos["b"].SaysAsync("is away", InTheEnd);
        await leave(); // Who watches what is written down in Redis, too.
        await AnswersGoOnAsync();
        await (await WatchAsync())(); // Somebody else comes, and doesn't stay.
        leave = await WatchAsync();
        await AnswersGoOnAsync();
        await redis.StartAgainAsync();
        await cluster.Silos["a"].SaysAsync("is back", InTheEnd);
        await cluster.Silos["b"].SaysAsync("is back", InTheEnd);
        await leave();
        await AnswersGoOnAsync();

        await over.CancelAsync();
        await reading;
        foreach (var (name, silo) in cluster.Silos)
        {
            Assert.False(silo.Process.HasExited, $"silo {name} ended:{Environment.NewLine}{silo.Log}");
            await silo.SeesAsync(InTheEnd, "a", "b");
            Assert.DoesNotContain("stopping", silo.Log, StringComparison.Ordinal);
        }

        // The same answer again and again; the last one to its end.
        async Task ReadAsync(string silo, ulong seed)
        {
            var story = await StoryStream.PrepareAsync(seed, tokens: 120);
            await using var service = cluster.Ask(silo);
            for (; !over.IsCancellationRequested; Interlocked.Increment(ref answers)) await story.ReadAsync(service, cancellationToken: CancellationToken.None).WaitAsync(SiloCluster.Patience, CancellationToken.None);
        }

        async Task AnswersGoOnAsync()
        {
            var (before, clock) = (Volatile.Read(ref answers), Stopwatch.StartNew());
            await Until.TrueAsync("answers go on", _ => Task.FromResult(reading.IsCompleted || (clock.Elapsed > SomeLooks && Volatile.Read(ref answers) >= before + 2)), InTheEnd, cluster.Logs);
            if (reading.IsCompleted) await reading;
        }

        // Somebody watches each silo, and has been told of the model. One of the two has the grain that knows who watches, the other asks it.
        async Task<Func<Task>> WatchAsync()
        {
            var streams = await Task.WhenAll(cluster.Silos.Values.Select(ToldAsync));
            return async () =>
            {
                foreach (var events in streams) await events.DisposeAsync();
            };
        }
    }

    private static async Task<Stream> ToldAsync(SiloProcess silo)
    {
        var events = await silo.Http.GetStreamAsync("/exo/events", TestContext.Current.CancellationToken);
        var lines = new StreamReader(events);
        string? line;
        do line = await lines.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(InTheEnd);
        while (line is not null && !line.Contains("\"load:stories\"", StringComparison.Ordinal));
        Assert.NotNull(line);
        return events;
    }
}
