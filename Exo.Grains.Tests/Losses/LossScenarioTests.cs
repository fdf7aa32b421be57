using Exo.Grains.Tests.Losses.Scenarios;
using Exo.Grains.Tests.Silo;

namespace Exo.Grains.Tests.Losses;

/// <summary>The loss of real silo processes, in short; <c>Exo.Grains.Benchmarks kills</c> and <c>chaos</c> play the same for long.</summary>
[Collection(SiloProcesses.Name)]
public sealed class LossScenarioTests
{
    /// <summary>What a person may see of a loss: it is noticed within 3 s, then layers are loaded and tokens replayed; a busy machine takes twice as long.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(12);

    [Fact]
    public async Task Loss_OfEachShardInEachWay_LeavesTheAnswerAsItWas()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var story = await StoryStream.PrepareAsync(seed: 21, tokens: 80, promptRepeats: 45);
        await using var scenario = await KillScenario.StartAsync();
        (int Shard, Loss Loss, int AfterTokens)[] rounds = [(0, Loss.Kill, 0), (1, Loss.Freeze, 0), (2, Loss.Kill, 0), (1, Loss.Kill, 12), (2, Loss.Terminate, 30), (0, Loss.Freeze, 40), (2, Loss.Kill, 79)];
        foreach (var (shard, loss, afterTokens) in rounds)
        {
            var pause = await scenario.PlayAsync(story, shard, loss, afterTokens, cancellationToken);

            TestContext.Current.TestOutputHelper?.WriteLine($"shard {shard}, {loss} after {afterTokens}: longest pause {pause.TotalSeconds:0.00} s");
            Assert.True(pause < LongestPause, $"shard {shard}, {loss} after {afterTokens} tokens: the reader waited {pause.TotalSeconds:0.0} s");
        }
    }

    [Fact]
    public async Task Chaos_UnderEightStreams_NeverChangesAToken()
    {
        await using var chaos = new ChaosScenario(seed: 5, what => TestContext.Current.TestOutputHelper?.WriteLine(what));

        var answers = await chaos.PlayAsync(TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(4), streams: 8, TestContext.Current.CancellationToken);

        Assert.True(answers >= 8, $"only {answers} answers came to their end");
    }
}
