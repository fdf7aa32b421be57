using Exo.Grains.Tests.Losses.Scenarios;

namespace Exo.Grains.Benchmarks.Losses;

/// <summary>Silo processes that are lost while answers are read: what the reader sees of it.</summary>
internal static class LossFigures
{
    /// <summary>One moment of so many is while the prompt is computed.</summary>
    private const int PromptShare = 5;

    /// <summary>kill -9 of the silo of each shard at seeded moments, prompt and answer alike.</summary>
    public static async Task<int> KillsAsync(string[] rest)
    {
        var moments = rest.Length > 0 ? int.Parse(rest[0]) : 50;
        var random = new Random(rest.Length > 1 ? int.Parse(rest[1]) : 1);
        var story = await StoryStream.PrepareAsync(seed: 3, tokens: 100, promptRepeats: 45);
        Loss[] losses = rest.Length > 2 ? [Enum.Parse<Loss>(rest[2], ignoreCase: true)] : [Loss.Kill, Loss.Freeze, Loss.Terminate];
        foreach (var loss in losses)
        {
            // A silo that freezes or leaves differs from a killed one in how it is noticed; a few rounds show that, unless they are asked for by name.
            var count = loss == Loss.Kill || losses.Length == 1 ? moments : Math.Max(1, moments / 10);
            for (var shard = 0; shard < 3; shard++)
            {
                // Silos of its own: the processes of a test end after ten minutes, come what may.
                await using var scenario = await KillScenario.StartAsync();
                var pauses = new List<double>();
                for (var i = 0; i < count; i++) pauses.Add((await scenario.PlayAsync(story, shard, loss, Moment())).TotalSeconds);
                pauses.Sort();
                Console.WriteLine($"{loss} of shard {shard}'s silo: {count} answers, each equal to the undisturbed one; longest pause {pauses[pauses.Count / 2]:0.00} s median, {pauses[^1]:0.00} s at most");
            }
        }

        return 0;

        int Moment() => random.Next(PromptShare) == 0 ? 0 : random.Next(1, story.TokenCount);
    }

    /// <summary>Five minutes of silos that come, go, die and freeze under eight streams.</summary>
    public static async Task<int> ChaosAsync(string[] rest)
    {
        var duration = TimeSpan.FromSeconds(rest.Length > 0 ? int.Parse(rest[0]) : 300);
        var seed = rest.Length > 1 ? int.Parse(rest[1]) : 1;
        await using var chaos = new ChaosScenario(seed, Console.WriteLine);
        var answers = await chaos.PlayAsync(duration, TimeSpan.FromSeconds(10), streams: 8);
        Console.WriteLine($"{duration.TotalSeconds:0} s of chaos, seed {seed}: {answers} answers, each equal to the undisturbed one; no KV in use, no layers resident twice afterwards");
        return 0;
    }
}
