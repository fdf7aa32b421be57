using Exo.Api;
using Exo.Grains.Models;
using Exo.Hub;

namespace Exo.Grains.Tests.Models;

/// <summary>Removals where a node is gone, or two have one disk.</summary>
public sealed class RemovalLossTests
{
    private static readonly DeployOptions TwoShards = new() { ShardCount = 2, ContextLength = 256 };

    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Remove_WithANodeGone_NamesIt_AndClaimsNothingOfIt()
    {
        await using var nodes = await StartAsync(new HubNodes(2));
        var (stays, goes) = (nodes.Names[0], nodes.Names[1]);
        var model = await nodes.NewModelOnAsync(stays);
        var name = model.GetPrimaryKeyString();
        await PullAsync(model);
        await nodes.KillAsync(goes);

        var failure = await Assert.ThrowsAsync<ExoException>(() => nodes.Of<IExoService>(stays).RemoveAsync(name, Cancelled));

        Assert.Equal(ExoErrorKind.Unavailable, failure.Kind);
        Assert.Contains($"{name} was removed from '{stays}'", failure.Message);
        Assert.Contains($"node '{goes}' can't be reached", failure.Message);
        Assert.DoesNotContain((await nodes.FactsAsync(stays)).Held, held => held.Model == name);
    }

    [Fact]
    public async Task Remove_FromADiskThatTwoNodesShare_CountsItOnce()
    {
        await using var nodes = await StartAsync(new OneDisk());
        var name = nodes.NewModel();
        var model = nodes.Grains.GetGrain<IModelGrain>(name);
        await PullAsync(model);
        var held = (await nodes.FactsAsync(nodes.Names[0])).Held.Where(held => held.Model == name).Sum(held => held.ByteCount);

        Assert.True(held > 0);
        Assert.Equal(held, (await nodes.Of<IExoService>(nodes.Names[1]).RemoveAsync(name, Cancelled)).FreedByteCount);
    }

    private async Task PullAsync(IModelGrain model)
    {
        await model.PullAsync(TwoShards, Cancelled);
        Assert.Null((await model.UntilAsync(now => now.Phase is ModelPhase.Idle or ModelPhase.Failed, "the pull's end")).Error);
    }

    private static async Task<T> StartAsync<T>(T nodes)
        where T : HubNodes
    {
        await nodes.InitializeAsync();
        return nodes;
    }

    private sealed class OneDisk() : HubNodes(2)
    {
        protected override HubOptions HubOf(string node) => base.HubOf("all");
    }
}
