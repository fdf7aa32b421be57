using Exo.Api;
using Exo.Api.Local;
using Exo.Grains.Generation;
using Exo.Grains.Models;
using Exo.Grains.Tests.Generation;
using Exo.Grains.Tests.Models;

namespace Exo.Grains.Tests.Losses;

/// <summary>The silo goes that decides about a model, in the middle of one of its answers.</summary>
public sealed class LostModelGrainTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Two of four nodes, by name, run half of the model each; the third one is the one that the person is connected to.</summary>
    /// <param name="home">The node that the model's grain is on: one with layers, or the one that has nothing else.</param>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Answer_NodeOfTheModelsGrainKilled_GoesOnWithTheSameTokens(int home)
    {
        await using var nodes = new FourHubNodes();
        await nodes.InitializeAsync();
        var names = nodes.Names.Order(StringComparer.Ordinal).ToArray();
        var model = await nodes.NewModelOnAsync(names[home]);
        await model.DeployAsync(new DeployOptions { ShardCount = 2, ContextLength = 256 }, Token);
        var first = await model.UntilReadyAsync();
        Assert.Equal([names[0], names[1]], first.Shards.Select(shard => shard.Node));
        var story = new AnswerRequest { Model = model.GetPrimaryKeyString(), Text = "Once upon a time", MaxTokens = 80, Sampling = new() { Temperature = 0.9f, Seed = 6 }, TopLogprobs = 2 };
        await using var alone = new LocalExoService();
        var expected = await ChainFixture.AllAsync(alone.AnswerAsync(story with { Model = "stories" }, Token));

        var answer = new List<AnswerEvent>();
        await foreach (var part in nodes.Of<IExoService>(names[2]).AnswerAsync(story, Token).WithPatience(Patience, "the answer's next part"))
        {
            answer.Add(part);
            if (answer.Count != 10) continue;
            Assert.Equal(names[home], await nodes.NodeOfAsync(model));
            await nodes.KillAsync(names[home]);
        }

        ChainAnswerTests.AssertSame(expected, answer);
        Assert.NotEqual(names[home], await nodes.NodeOfAsync(model));
        var now = await model.UntilReadyAsync();
        if (home > 1) Assert.Equal(first.Epoch, now.Epoch); // Where the layers were not concerned, they stay.
        Assert.Equal(0, (await nodes.Grains.GetGrain<IGenerationGrain>(GenerationKey.Of(now).ToString()).GetLoadAsync(Token)).KvBlocksInUse);
    }

    private sealed class FourHubNodes() : HubNodes(4);
}
