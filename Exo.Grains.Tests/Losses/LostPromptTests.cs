using System.Collections.Concurrent;
using Exo.Api;
using Exo.Api.Local;
using Exo.Grains.Hosting;
using Exo.Grains.Tests.Generation;

namespace Exo.Grains.Tests.Losses;

/// <summary>A silo goes while it computes a prompt, of which it has a first part: the answer is that of an undisturbed one.</summary>
public sealed class LostPromptTests
{
    private const int ContextLength = 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>More than the 512 tokens of one step.</summary>
    private static readonly AnswerRequest Story = new()
    {
        Model = "stories",
        Text = string.Concat(Enumerable.Repeat("Once upon a time there was a little fox who lived by the sea. ", 45)),
        Sampling = new() { Temperature = 0.9f, Seed = 12 },
        MaxTokens = 30,
        TopLogprobs = 2,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Answer_NodeKilledWhileItComputesThePrompt_IsTheUndisturbedOne(int shard)
    {
        await using var nodes = new HeldNodes();
        await nodes.InitializeAsync();
        await using var alone = new LocalExoService();
        var expected = await ChainFixture.AllAsync(alone.AnswerAsync(Story, Token));
        var deployment = await nodes.DeployAsync(Story.Model, ContextLength);
        var victim = deployment.Shards[shard].Node;
        var held = nodes.HoldOf(victim).HoldAsync();

        var answer = ChainFixture.AllAsync(nodes.Of<IExoService>(nodes.Names[3]).AnswerAsync(Story, Token).WithPatience(Patience, "the answer's next part"));
        await held.WaitAsync(Patience, Token);
        await nodes.KillAsync(victim);

        ChainAnswerTests.AssertSame(expected, await answer);
        await nodes.AssertIdleAsync(Story.Model);
    }

    private sealed class HeldNodes : FourNodes
    {
        private readonly ConcurrentDictionary<string, PromptHold> _holds = new();

        public PromptHold HoldOf(string node) => _holds.GetOrAdd(node, _ => new PromptHold());

        protected override NodeOptions Options(string node) => base.Options(node) with { Backends = [HoldOf(node)] };
    }
}
