using Exo.Api;
using Exo.Grains.Hosting;
using Exo.Grains.Models;

namespace Exo.Grains.Tests.Models;

/// <summary>A node whose operator keeps models for a moment only.</summary>
public sealed class KeepAliveTests(KeepAliveTests.Forgetful node) : IClassFixture<KeepAliveTests.Forgetful>
{
    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answer_OfAModelThatIsNotKept_IsWhole_AndTheModelIsUnloadedAfterwards()
    {
        var request = new AnswerRequest { Model = "stories", Text = "Once upon a time", MaxTokens = 20, Sampling = new() { Temperature = 0 } };
        var tokens = 0;
        await foreach (var part in node.Of<IExoService>(node.Names[0]).AnswerAsync(request, Cancelled)) tokens += part.Tokens.Count;

        Assert.Equal(20, tokens);
        await node.Grains.GetGrain<IModelGrain>("stories").UntilAsync(now => now.Phase == ModelPhase.Idle, "the unloading");
    }

    public sealed class Forgetful() : NodesFixture(1)
    {
        protected override NodeOptions Options(string node) => base.Options(node) with { KeepAlive = TimeSpan.Zero };
    }
}
