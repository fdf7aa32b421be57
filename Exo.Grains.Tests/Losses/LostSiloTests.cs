using Exo.Api;
using Exo.Api.Local;
using Exo.Grains.Generation;
using Exo.Grains.Models;
using Exo.Grains.Tests.Generation;

namespace Exo.Grains.Tests.Losses;

/// <summary>A silo goes in mid-sentence and the sentence goes on, with the tokens that it would have had.</summary>
public sealed class LostSiloTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly AnswerRequest Story = new()
    {
        Model = "stories",
        Text = "Once upon a time",
        Sampling = new() { Temperature = 0.9f, Seed = 11 },
        MaxTokens = 60,
        TopLogprobs = 2,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Three nodes run a third of the model each; the fourth is the one that the person is connected to.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 20)]
    [InlineData(1, 7)]
    [InlineData(2, 33)]
    public async Task Answer_NodeOfOneShardKilled_GoesOnWithTheSameTokens(int shard, int afterTokens)
    {
        await using var nodes = new FourNodes();
        await nodes.InitializeAsync();
        var expected = await AloneAsync();
        var reader = nodes.Of<IExoService>(nodes.Names[3]);
        var deployment = await nodes.DeployAsync();

        var answer = new List<AnswerEvent>();
        var killed = false;
        await foreach (var part in reader.AnswerAsync(Story, Token).WithPatience(Patience, "the answer's next part"))
        {
            answer.Add(part);
            if (killed || answer.Sum(seen => seen.Tokens.Count) < afterTokens) continue;
            killed = true;
            await nodes.KillAsync(deployment.Shards[shard].Node);
        }

        Assert.True(killed);
        ChainAnswerTests.AssertSame(expected, answer);
        Assert.Equal(expected[^1].Usage!.CompletionTokens, answer[^1].Usage!.CompletionTokens);
        await nodes.AssertIdleAsync();
    }

    [Fact]
    public async Task Answer_TwoNodesKilledAtOnce_GoesOnOnTheRest()
    {
        await using var nodes = new FourNodes();
        await nodes.InitializeAsync();
        var expected = await AloneAsync();
        var reader = nodes.Of<IExoService>(nodes.Names[3]);
        var deployment = await nodes.DeployAsync();

        var answer = new List<AnswerEvent>();
        await foreach (var part in reader.AnswerAsync(Story, Token).WithPatience(Patience, "the answer's next part"))
        {
            answer.Add(part);
            if (answer.Count != 10) continue;
            await Task.WhenAll(
                nodes.KillAsync(deployment.Shards[0].Node), nodes.KillAsync(deployment.Shards[2].Node));
        }

        ChainAnswerTests.AssertSame(expected, answer);
    }

    [Fact]
    public async Task Answer_NodeStoppedInOrder_GoesOnWithTheSameTokens()
    {
        await using var nodes = new FourNodes();
        await nodes.InitializeAsync();
        var expected = await AloneAsync();
        var reader = nodes.Of<IExoService>(nodes.Names[3]);
        var deployment = await nodes.DeployAsync();

        var answer = new List<AnswerEvent>();
        Task? stopping = null;
        await foreach (var part in reader.AnswerAsync(Story, Token).WithPatience(Patience, "the answer's next part"))
        {
            answer.Add(part);
            if (answer.Count == 10) stopping = nodes.Cluster.StopSiloAsync(nodes.Silo(deployment.Shards[1].Node));
        }

        await stopping!;
        ChainAnswerTests.AssertSame(expected, answer);
    }

    private static async Task<List<AnswerEvent>> AloneAsync()
    {
        await using var alone = new LocalExoService();
        return await ChainFixture.AllAsync(alone.AnswerAsync(Story, Token));
    }

    private sealed class FourNodes() : NodesFixture(4)
    {
        public async Task<Deployment> DeployAsync()
        {
            var grain = Grains.GetGrain<IModelGrain>(Story.Model);
            var snapshot = await grain.DeployAsync(new DeployOptions { ShardCount = 3, ContextLength = 256 }, Token);
            using var limit = new CancellationTokenSource(Patience);
            while (snapshot.Phase != ModelPhase.Ready)
            {
                Assert.False(limit.IsCancellationRequested, $"the deployment was never ready; it is {snapshot.Phase}: {snapshot.Error}");
                snapshot = await grain.WatchAsync(snapshot.Version, Token);
            }

            return snapshot.Deployment!;
        }

        /// <summary>Nothing of an answer stays: no KV block, and each layer is in memory once.</summary>
        public async Task AssertIdleAsync()
        {
            var now = await Grains.GetGrain<IModelGrain>(Story.Model).GetAsync(Token);
            var load = await Grains.GetGrain<IGenerationGrain>(GenerationKey.Of(now.Deployment!).ToString()).GetLoadAsync(Token);
            Assert.Equal((0, 0, 0, 0), (load.Waiting, load.Running, load.StepsInFlight, load.KvBlocksInUse));
            var resident = new List<Shards.ShardState>();
            foreach (var silo in Cluster.Silos) resident.AddRange(Of<Shards.ShardHost>(silo.Name).States);
            Assert.Equal(now.Deployment!.Shards.Select(shard => (shard.FirstLayer, shard.EndLayer)), resident.Select(shard => (shard.FirstLayer, shard.EndLayer)).Order());
        }
    }
}
