using System.Collections.Concurrent;
using Exo.Api;
using Exo.Api.Local;
using Exo.Grains.Tests.Generation;
using Exo.Silo.Clustering;

namespace Exo.Grains.Tests.Losses;

/// <summary>A silo is cut off in mid-sentence, alive and busy as it is: the sentence goes on without it, with the tokens that it would have had.</summary>
public sealed class CutNetworkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly AnswerRequest Story = new()
    {
        Model = "stories",
        Text = "Once upon a time",
        Sampling = new() { Temperature = 0.9f, Seed = 13 },
        MaxTokens = 60,
        TopLogprobs = 2,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 8)]
    [InlineData(1, 20)]
    public async Task Answer_NodeOfOneShardCutOff_GoesOnWithTheSameTokens(int shard, int afterTokens)
    {
        await using var nodes = new CabledNodes();
        await nodes.InitializeAsync();
        await using var alone = new LocalExoService();
        var expected = await ChainFixture.AllAsync(alone.AnswerAsync(Story, Token));
        var deployment = await nodes.DeployAsync(Story.Model, contextLength: 256);
        var victim = deployment.Shards[shard].Node;

        var answer = new List<AnswerEvent>();
        var isCut = false;
        await foreach (var part in nodes.Of<IExoService>(nodes.Names[3]).AnswerAsync(Story, Token).WithPatience(Patience, "the answer's next part"))
        {
            answer.Add(part);
            if (isCut || answer.Sum(seen => seen.Tokens.Count) < afterTokens) continue;
            isCut = true;
            nodes.CableOf(victim).Pull();
        }

        Assert.True(isCut);
        ChainAnswerTests.AssertSame(expected, answer);
        Assert.DoesNotContain(victim, (await nodes.DeployAsync(Story.Model, contextLength: 256)).Shards.Select(place => place.Node));
        nodes.CableOf(victim).Plug();
        await nodes.KillAsync(victim); // As a real silo does by itself when it hears that it was given up.
        await nodes.AssertIdleAsync(Story.Model);
    }

    /// <summary>Losses are noticed as fast as on real silos.</summary>
    private sealed class CabledNodes : FourNodes
    {
        private readonly ConcurrentDictionary<string, Cable> _cables = new();

        public Cable CableOf(string node) => _cables.GetOrAdd(node, _ => new Cable());

        protected override void Configure(ISiloBuilder silo, string node)
        {
            CableOf(node).Connect(silo);
            silo.UseExoFailureDetection(Patience);
        }
    }
}
