using System.Diagnostics;

namespace Exo.Grains.Tests.Losses.Scenarios;

/// <summary>
/// Silos come, go, die and freeze, three to six of them, while streams are read from one that stays. Every answer must be the undisturbed one, and
/// nothing may stay behind.
/// </summary>
internal sealed class ChaosScenario(int seed, Action<string> tell) : IAsyncDisposable
{
    private const string Reader = "reader";
    private const int FewestSilos = 3;
    private const int MostSilos = 6;

    private readonly SiloCluster _cluster = new();
    private readonly Random _random = new(seed);
    private int _started;

    /// <summary>Plays for a while.</summary>
    /// <returns>Answers that were read to their end.</returns>
    /// <exception cref="InvalidOperationException">An answer was wrong, or something stays behind.</exception>
    public async Task<int> PlayAsync(TimeSpan duration, TimeSpan between, int streams, CancellationToken cancellationToken = default)
    {
        var stories = await Task.WhenAll(Enumerable.Range(0, streams).Select(i => StoryStream.PrepareAsync((ulong)(seed * 100 + i), 80)));
        await _cluster.StartAsync(Reader);
        for (var i = 0; i < FewestSilos; i++) await StartAsync();
        await _cluster.SettleAsync(Reader);
        await _cluster.LoadAsync(Reader, "stories", FewestSilos);
        using var over = new CancellationTokenSource();
        var clock = Stopwatch.StartNew();
        var reads = stories.Select(story => Task.Run(() => ReadAsync(story, over.Token), cancellationToken)).ToArray();
        try
        {
            while (clock.Elapsed < duration && !reads.Any(read => read.IsFaulted))
            {
                await Task.Delay(between, cancellationToken);
                await DisturbAsync();
            }

            await over.CancelAsync();
            var answers = (await Task.WhenAll(reads)).Sum();
            await _cluster.SettleAsync(Reader);
            await using var service = _cluster.Ask(Reader);
            await IdleCheck.HoldAsync(service, cancellationToken);
            return answers;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw new InvalidOperationException($"Chaos of seed {seed}, after {clock.Elapsed.TotalSeconds:0} s: {failure.Message}{Environment.NewLine}{_cluster.Logs()}", failure);
        }
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    /// <summary>Reads the same answer again and again until it is over; the last one to its end.</summary>
    private async Task<int> ReadAsync(StoryStream story, CancellationToken over)
    {
        await using var service = _cluster.Ask(Reader);
        var answers = 0;
        for (; !over.IsCancellationRequested; answers++) await story.ReadAsync(service, cancellationToken: CancellationToken.None).WaitAsync(SiloCluster.Patience, CancellationToken.None);
        return answers;
    }

    private async Task DisturbAsync()
    {
        var workers = _cluster.Silos.Keys.Where(name => name != Reader).Order(StringComparer.Ordinal).ToArray();
        var adds = workers.Length < FewestSilos || (workers.Length < MostSilos && _random.Next(3) == 0);
        if (adds)
        {
            await StartAsync();
            return;
        }

        var name = workers[_random.Next(workers.Length)];
        switch (_random.Next(3))
        {
            case 0:
                tell($"kill {name}");
                _cluster.Kill(name);
                break;
            case 1:
                tell($"freeze {name}");
                _cluster.Freeze(name);
                break;
            default:
                tell($"terminate {name}");
                _cluster.Terminate(name);
                break;
        }
    }

    private async Task StartAsync()
    {
        var name = $"n{_started++}";
        tell($"start {name}");
        await _cluster.StartAsync(name);
    }
}
