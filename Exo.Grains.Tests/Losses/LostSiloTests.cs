using Exo.Api;
using Exo.Api.Local;
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
        var deployment = await nodes.DeployAsync(Story.Model, 256);

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
        await nodes.AssertIdleAsync(Story.Model);
    }

    [Fact]
    public async Task Answer_TwoNodesKilledAtOnce_GoesOnOnTheRest()
    {
        await using var nodes = new FourNodes();
        await nodes.InitializeAsync();
        var expected = await AloneAsync();
        var reader = nodes.Of<IExoService>(nodes.Names[3]);
        var deployment = await nodes.DeployAsync(Story.Model, 256);

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
        var deployment = await nodes.DeployAsync(Story.Model, 256);

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
}
