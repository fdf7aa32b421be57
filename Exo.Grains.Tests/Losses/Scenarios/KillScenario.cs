using System.Globalization;
using System.Text.RegularExpressions;

namespace Exo.Grains.Tests.Losses.Scenarios;

/// <summary>How a silo goes.</summary>
internal enum Loss
{
    /// <summary>kill -9: its connections break.</summary>
    Kill,

    /// <summary>SIGSTOP: it falls silent, as with a pulled cable.</summary>
    Freeze,

    /// <summary>SIGTERM: it leaves in order.</summary>
    Terminate,
}

/// <summary>
/// One silo of three that run a third of the model each goes in mid-answer; a fourth, with no layers, is the one that is asked. Afterwards the silo is
/// started again, so that the next round finds three.
/// </summary>
internal sealed partial class KillScenario : IAsyncDisposable
{
    private const string Reader = "reader";

    /// <summary>A prompt of some hundred tokens takes a tenth of a second; a machine with other things to do may be later than that with its signal.</summary>
    private const int PromptAttempts = 3;

    private static readonly string[] Workers = ["a", "b", "c"];

    private readonly SiloCluster _cluster = new();

    public static async Task<KillScenario> StartAsync()
    {
        var scenario = new KillScenario();
        try
        {
            await scenario._cluster.StartAsync(Reader);
            await Task.WhenAll(Workers.Select(name => scenario._cluster.StartAsync(name)));
            await scenario._cluster.SettleAsync(Reader);
            return scenario;
        }
        catch
        {
            await scenario.DisposeAsync();
            throw;
        }
    }

    /// <summary>Plays one round.</summary>
    /// <param name="story">The answer that is read.</param>
    /// <param name="shard">Whose silo goes: 0 is the first, which also drives.</param>
    /// <param name="loss">How.</param>
    /// <param name="afterTokens">When; 0: while the prompt is computed, which therefore should be long.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The longest time between two parts that the reader saw.</returns>
    /// <exception cref="InvalidOperationException">The answer is not the undisturbed one, or something stays behind.</exception>
    public async Task<TimeSpan> PlayAsync(StoryStream story, int shard, Loss loss, int afterTokens, CancellationToken cancellationToken = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            var told = _cluster.Silos[Reader].Log.Length;
            await PlayOnceAsync(story, shard, loss, afterTokens, cancellationToken);
            if (afterTokens > 0 || LostAfter(_cluster.Silos[Reader].Log[told..]) == 0) return story.LongestPause;
            if (attempt == PromptAttempts) throw new InvalidOperationException($"Shard {shard}, {loss}: the prompt was computed before the silo was gone, {attempt} times{Environment.NewLine}{_cluster.Logs()}");
        }
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private async Task PlayOnceAsync(StoryStream story, int shard, Loss loss, int afterTokens, CancellationToken cancellationToken)
    {
        await _cluster.LoadAsync(Reader, "stories", Workers.Length);
        await using var service = _cluster.Ask(Reader);
        var isLost = false;
        try
        {
            await story.ReadAsync(
                service,
                tokens =>
                {
                    if (isLost || tokens < afterTokens) return;
                    isLost = true;
                    End(Workers[shard], loss);
                },
                cancellationToken);
            await _cluster.SettleAsync(Reader);
            await IdleCheck.HoldAsync(service, cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw new InvalidOperationException($"Shard {shard}, {loss} after {afterTokens} tokens: {failure.Message}{Environment.NewLine}{_cluster.Logs()}", failure);
        }

        await _cluster.StartAsync(Workers[shard]);
        await _cluster.SettleAsync(Reader);
    }

    /// <summary>How many tokens the reader's silo had of the answer when its deployment was lost; null where nothing was lost to it.</summary>
    private static int? LostAfter(string log) =>
        LostAnswer().Match(log) is { Success: true } lost ? int.Parse(lost.Groups["tokens"].ValueSpan, CultureInfo.InvariantCulture) : null;

    private void End(string name, Loss loss)
    {
        switch (loss)
        {
            case Loss.Kill:
                _cluster.Kill(name);
                break;
            case Loss.Freeze:
                _cluster.Freeze(name);
                break;
            default:
                _cluster.Terminate(name);
                break;
        }
    }

    [GeneratedRegex(@"after (?<tokens>\d+) tokens and goes on elsewhere")]
    private static partial Regex LostAnswer();
}
