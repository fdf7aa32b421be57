using Exo.Api;
using Exo.Api.Local;
using Exo.Engine.Models;
using Exo.Grains.Hosting;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Grains.Tests.Nodes;
using Exo.Grains.Tests.Silo.Processes;

namespace Exo.Grains.Tests.Losses;

/// <summary>More is lost than what is left can make up for.</summary>
public sealed class LostMemoryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly DeployOptions Options = new() { ContextLength = 256 };

    /// <summary>So much on each of three nodes holds the model; on each of two it doesn't.</summary>
    private static readonly long MemoryOfEach = LeastOnEachOf(3);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answer_TwoNodesKilledWithTooLittleMemoryLeft_EndsWithAnErrorThatSaysSo()
    {
        await using var nodes = new SmallNodes();
        await nodes.InitializeAsync();
        var story = new AnswerRequest { Model = "stories", Text = "Once upon a time", ContextLength = Options.ContextLength, MaxTokens = 200, Sampling = new() { Seed = 4 } };
        var tokens = 0;

        var failure = await Assert.ThrowsAsync<ExoException>(async () =>
        {
            await foreach (var part in nodes.Of<IExoService>(nodes.Names[3]).AnswerAsync(story, Token).WithPatience(Patience, "the answer's next part"))
            {
                if (tokens == 0 && part.Tokens.Count > 0) await KillTwoAsync(nodes, story.Model);
                tokens += part.Tokens.Count;
            }
        });

        Assert.InRange(tokens, 1, story.MaxTokens.Value - 1);
        Assert.Equal(ExoErrorKind.OutOfMemory, failure.Kind);
        Assert.Contains("stories needs", failure.Message, StringComparison.Ordinal);
        Assert.Contains("add a node", failure.Message, StringComparison.Ordinal);

        // What was left of it would hold memory for nothing.
        foreach (var silo in nodes.Cluster.Silos)
            await Until.TrueAsync($"{silo.Name} has freed its shards", _ => Task.FromResult(!nodes.Of<Shards.ShardHost>(silo.Name).States.Any()), Patience);
    }

    /// <summary>Two that run layers and that nobody is connected to.</summary>
    private static async Task KillTwoAsync(SmallNodes nodes, string model)
    {
        var deployment = (await nodes.Grains.GetGrain<IModelGrain>(model).GetAsync(Token)).Deployment!;
        var victims = deployment.Shards.Select(shard => shard.Node).Distinct().Where(node => node != nodes.Names[3]).Take(2).ToArray();
        Assert.Equal(2, victims.Length);
        await Task.WhenAll(victims.Select(nodes.KillAsync));
    }

    private static long LeastOnEachOf(int nodes)
    {
        const long Step = 64 << 10;
        var cost = Quantizations.CostOf(ModelFiles.Open(Path.Combine(AppContext.BaseDirectory, "models", "stories")), null);
        var free = Step;
        while (Placing.Make(Input(free)).Refusal is not null) free += Step;
        return free;

        PlacingInput Input(long free) => new()
        {
            Model = "stories", Commit = null, Cost = cost, Options = Options,
            Nodes = [.. Enumerable.Range(0, nodes).Select(i => new NodeFacts { Name = $"n{i}", Devices = [FixedMeter.Facts(free)], Version = "1" })],
        };
    }

    private sealed class SmallNodes() : NodesFixture(4)
    {
        protected override NodeOptions Options(string node) => base.Options(node) with { MemoryByteCount = MemoryOfEach };
    }
}
