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
    public async Task Remove_WithANodeGone_TakesItOffTheOthers_AndNamesThatOneOnceNobodyElseHasIt()
    {
        await using var nodes = await StartAsync(new HubNodes(2));
        var (stays, goes) = (nodes.Names[0], nodes.Names[1]);
        var model = await nodes.NewModelOnAsync(stays);
        var name = model.GetPrimaryKeyString();
        await PullAsync(model);
        await nodes.KillAsync(goes);

        Assert.True((await nodes.Of<IExoService>(stays).RemoveAsync(name, Cancelled)).FreedByteCount > 0);
        Assert.DoesNotContain((await nodes.FactsAsync(stays)).Held, held => held.Model == name);

        var failure = await Assert.ThrowsAsync<ExoException>(() => nodes.Of<IExoService>(stays).RemoveAsync(name, Cancelled));
        Assert.Equal(ExoErrorKind.Unavailable, failure.Kind);
        Assert.Contains($"node '{goes}' can't be reached", failure.Message);
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
