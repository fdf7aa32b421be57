using Exo.Grains.Models;
using Exo.Grains.Tests.Generation;

namespace Exo.Grains.Tests.Models;

/// <summary>A model's grain that finds nothing written down, and nodes that hold its deployment: these tell what was asked for.</summary>
public sealed class LostRecordTests(ChainFixture nodes) : IClassFixture<ChainFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Grain_WithoutItsRecord_ReplacesWithTheShardsAndThreadsThatWereAskedFor()
    {
        using var copy = new StoriesCopy();
        var options = new DeployOptions { ShardCount = 3, Threads = 2, ContextLength = 256, MaxSequences = 3 };
        var held = await LoadAsync(copy.Path, options);

        var model = nodes.Grains.GetGrain<IModelGrain>(copy.Path);
        Assert.Equal(held.Epoch, (await model.UntilReadyAsync()).Epoch);
        await model.ReportLossAsync(held.Epoch, "a test says so", Cancelled);

        var next = await model.UntilReadyAsync(after: held.Epoch);
        Assert.Equal((3, 3), (next.Shards.Length, next.MaxSequences));
        Assert.All(next.Shards, shard => Assert.Equal(2, shard.Threads));
        await model.UnloadAsync(Cancelled);
    }

    [Fact]
    public async Task Grain_WithoutItsRecord_UnloadsAfterTheKeepAliveThatWasAskedFor()
    {
        using var copy = new StoriesCopy();
        var held = await LoadAsync(copy.Path, new DeployOptions { KeepAlive = TimeSpan.FromMilliseconds(1) });

        var model = nodes.Grains.GetGrain<IModelGrain>(copy.Path);
        Assert.Equal(held.Epoch, (await model.UntilReadyAsync()).Epoch);

        await model.UntilAsync(now => now.Phase == ModelPhase.Idle, "the unloading");
    }

    [Fact]
    public async Task Deploy_WithAnotherKeepAlive_IsToldToTheNodes()
    {
        using var copy = new StoriesCopy();
        var model = nodes.Grains.GetGrain<IModelGrain>(copy.Path);
        await model.DeployAsync(new DeployOptions { ContextLength = 256 }, Cancelled);
        var deployment = await model.UntilReadyAsync();

        await model.DeployAsync(new DeployOptions { ContextLength = 256, KeepAlive = TimeSpan.FromHours(2) }, Cancelled);

        await UntilToldAsync(deployment, TimeSpan.FromHours(2));
        await model.UnloadAsync(Cancelled);
    }

    [Fact]
    public async Task Deploy_WithOtherKeepAlivesUntilItIsReady_TellsTheNodesTheLast()
    {
        using var copy = new StoriesCopy();
        var model = nodes.Grains.GetGrain<IModelGrain>(copy.Path);
        var (now, hours) = (await model.DeployAsync(new DeployOptions { ContextLength = 256 }, Cancelled), 0);

        while (now.Phase != ModelPhase.Ready)
        {
            Assert.NotEqual(ModelPhase.Failed, now.Phase);
            now = await model.DeployAsync(new DeployOptions { ContextLength = 256, KeepAlive = TimeSpan.FromHours(++hours) }, Cancelled);
        }

        await UntilToldAsync(now.Deployment!, TimeSpan.FromHours(hours));
        await model.UnloadAsync(Cancelled);
    }

    private async Task UntilToldAsync(Deployment deployment, TimeSpan keepAlive)
    {
        var host = nodes.Of<Exo.Grains.Shards.ShardHost>(deployment.Shards[0].Node);
        using var limit = new CancellationTokenSource(ChainFixture.Patience);
        while (host.NewestOf(deployment.Model)?.Options?.KeepAlive != keepAlive)
        {
            Assert.False(limit.IsCancellationRequested, $"the node was told {host.NewestOf(deployment.Model)?.Options?.KeepAlive}, not {keepAlive}");
            await Task.Delay(10, Cancelled);
        }
    }

    private async Task<Deployment> LoadAsync(string model, DeployOptions options)
    {
        var deployment = ChainFixture.Plan(model, [.. nodes.Names.Take(2)]) with { Options = options };
        for (var i = 0; i < deployment.Shards.Length; i++) await nodes.LoadAsync(deployment, i);
        await nodes.Driver(deployment).OpenAsync(deployment, Cancelled);
        return deployment;
    }

    /// <summary>The sample model under a path of its own.</summary>
    private sealed class StoriesCopy : IDisposable
    {
        private readonly TempFolder _folder = new();

        public StoriesCopy()
        {
            foreach (var file in Directory.GetFiles(ChainFixture.Stories)) File.Copy(file, System.IO.Path.Combine(Path, System.IO.Path.GetFileName(file)));
        }

        public string Path => _folder.Path;

        public void Dispose() => _folder.Dispose();
    }
}
