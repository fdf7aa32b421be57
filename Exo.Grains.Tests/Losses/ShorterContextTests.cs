using Exo.Api;
using Exo.Grains.Hosting;
using Exo.Grains.Models;
using Exo.Grains.Tests.Models;

namespace Exo.Grains.Tests.Losses;

/// <summary>The only node that is left has memory for a part of the context that an answer began with.</summary>
public sealed class ShorterContextTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answer_ThatNeedsTheContextItBeganWith_EndsWithTheReason()
    {
        await using var nodes = new LargeAndSmall();
        await nodes.InitializeAsync();
        var request = new AnswerRequest { Model = "stories", Text = "Once upon a time", LogitBias = new Dictionary<int, float> { [1] = -100, [6] = -100 }, Sampling = new() { Temperature = 0 } };
        var model = nodes.Grains.GetGrain<IModelGrain>(request.Model);
        await model.DeployAsync(new DeployOptions { MaxSequences = 1 }, Token);
        var first = await model.UntilReadyAsync();
        Assert.Equal((nodes.Large, 1024), (first.Driver, first.ContextLength));

        var tokens = 0;
        var failure = await Assert.ThrowsAsync<ExoException>(async () =>
        {
            await foreach (var part in nodes.Of<IExoService>(nodes.Small).AnswerAsync(request, Token).WithPatience(Patience, "the answer's next part"))
            {
                if (tokens < 10 && (tokens += part.Tokens.Count) >= 10) await nodes.KillAsync(nodes.Large);
            }
        });

        Assert.Equal(ExoErrorKind.OutOfMemory, failure.Kind);
        Assert.Contains("of the 1024 tokens of context", failure.Message);
        Assert.Contains(nodes.Small, failure.Message);
    }

    private sealed class LargeAndSmall() : NodesFixture(2)
    {
        public string Large => Names.Single(IsLarge);

        public string Small => Names.Single(node => !IsLarge(node));

        protected override NodeOptions Options(string node) => base.Options(node) with { MemoryByteCount = IsLarge(node) ? null : SampleRoom.LeastFree(300) };

        private static bool IsLarge(string node) => node.EndsWith('0');
    }
}
