using Exo.Api;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Tests.Hub.Server;

namespace Exo.Grains.Tests.Models;

/// <summary>Models that are taken off the disks of three nodes, whichever of them is asked.</summary>
public sealed class RemovalTests(HubPullTests.ThreeNodes nodes) : IClassFixture<HubPullTests.ThreeNodes>
{
    private static readonly DeployOptions TwoShards = new() { ShardCount = 2, ContextLength = 256 };

    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)] // In one node's Hugging Face cache, its headers in the slices of the one that planned.
    [InlineData(2)]
    public async Task Remove_FreesAllNodes_AndTellsTheSum(int shards)
    {
        var (name, _) = await PullAsync(TwoShards with { ShardCount = shards });
        var held = await HeldAsync(name);
        foreach (var service in Services) Assert.Contains(await service.ListAsync(Cancelled), model => model.Name == name);

        var removed = await Services.Last().RemoveAsync(name, Cancelled);

        Assert.Equal(new RemovedModel(name, held), removed);
        Assert.Equal(0, await HeldAsync(name));
        foreach (var node in nodes.Names) Assert.Empty(Directory.EnumerateDirectories(nodes.CacheOf(node), FolderOf(name), SearchOption.AllDirectories).Where(folder => !folder.Contains(".locks")));
        foreach (var service in Services) Assert.DoesNotContain(await service.ListAsync(Cancelled), model => model.Name == name);
    }

    [Fact]
    public async Task Remove_ThenPull_FetchesItAnew()
    {
        var (name, model) = await PullAsync(TwoShards);
        await Services[0].RemoveAsync(name, Cancelled);

        await model.PullAsync(TwoShards, Cancelled);

        Assert.Null((await model.UntilAsync(now => now.Phase is ModelPhase.Idle or ModelPhase.Failed, "the second pull's end")).Error);
        var weights = HubNodes.Files.Single(file => file.Path == "model.safetensors");
        Assert.Equal(2 * weights.ByteCount, nodes.Hub.Ledger.BytesSent($"{name}/{weights.Path}"));
    }

    [Fact]
    public async Task Remove_OfALoadedModel_IsRefused_ByWhateverNameItHas()
    {
        var (name, model) = await PullAsync(TwoShards);
        await model.DeployAsync(TwoShards, Cancelled);
        var deployment = await model.UntilReadyAsync();
        var held = await HeldAsync(name);

        foreach (var asked in new[] { name, $"{name}@main", $"{name}@{deployment.Commit}" })
        {
            var refused = await Assert.ThrowsAsync<ExoException>(() => Services[0].RemoveAsync(asked, Cancelled));
            Assert.Equal(ExoErrorKind.Busy, refused.Kind);
            Assert.Contains($"exo stop {name}", refused.Message);
        }

        Assert.Equal(held, await HeldAsync(name));
        await model.UnloadAsync(Cancelled);
        Assert.Equal(held, (await Services[0].RemoveAsync(name, Cancelled)).FreedByteCount);
    }

    [Fact]
    public async Task Remove_OfAModelThatIsPulled_IsRefused_ByWhateverNameItHas()
    {
        nodes.Weights.ShutAfter(3);
        var name = nodes.NewModel();
        var model = nodes.Grains.GetGrain<IModelGrain>(name);
        await model.PullAsync(TwoShards, Cancelled);
        await nodes.Hub.Ledger.WhenAsync(1, request => request.Fault == Fault.Silence && request.File == $"{name}/model.safetensors");

        foreach (var asked in new[] { name, $"{name}@main" })
            Assert.Equal(ExoErrorKind.Busy, (await Assert.ThrowsAsync<ExoException>(() => Services[1].RemoveAsync(asked, Cancelled))).Kind);

        nodes.Weights.Open();
        Assert.Null((await model.UntilAsync(now => now.Phase is ModelPhase.Idle or ModelPhase.Failed, "the pull's end")).Error);
    }

    [Fact]
    public async Task Remove_OfAPullThatWasCancelled_TakesWhatHadCome()
    {
        nodes.Weights.ShutAfter(6);
        var name = nodes.NewModel();
        var model = nodes.Grains.GetGrain<IModelGrain>(name);
        await model.PullAsync(TwoShards, Cancelled);
        await nodes.Hub.Ledger.WhenAsync(1, request => request.Fault == Fault.Silence && request.File == $"{name}/model.safetensors");
        await model.CancelPullAsync(Cancelled);

        Assert.True((await Services[2].RemoveAsync(name, Cancelled)).FreedByteCount > 0);

        Assert.Equal(0, await HeldAsync(name));
        nodes.Weights.Open();
    }

    [Fact]
    public async Task PullAndDeploy_WhileTheModelIsRemoved_AreRefused()
    {
        var (name, model) = await PullAsync(TwoShards);
        var cache = nodes.CacheOf(nodes.Names.Order().First());
        using var settling = Settling(cache, name); // The first node waits for its disk, as after a pull that has just ended.
        var removing = model.RemoveAsync(Guid.NewGuid(), Cancelled);
        await UntilNoSliceAsync(cache, name);

        foreach (var begin in new[] { () => model.PullAsync(TwoShards, Cancelled), () => model.DeployAsync(TwoShards, Cancelled) })
            Assert.Equal(ExoErrorKind.Busy, (await Assert.ThrowsAsync<ModelRefusedException>(begin)).Kind);

        Assert.False(removing.IsCompleted);
        settling.Dispose();
        Assert.True(await removing > 0);
        Assert.Equal(0, await HeldAsync(name));
        await model.PullAsync(TwoShards, Cancelled);
        Assert.Null((await model.UntilAsync(now => now.Phase is ModelPhase.Idle or ModelPhase.Failed, "the next pull's end")).Error);
    }

    [Fact]
    public async Task Remove_AskedAgain_TellsTheSame()
    {
        var (name, model) = await PullAsync(TwoShards);
        var (held, request) = (await HeldAsync(name), Guid.NewGuid());

        Assert.Equal(held, await model.RemoveAsync(request, Cancelled));
        Assert.Equal(held, await model.RemoveAsync(request, Cancelled)); // Whoever asked never got the first answer.
        Assert.Equal(ExoErrorKind.ModelNotFound, (await Assert.ThrowsAsync<ModelRefusedException>(() => model.RemoveAsync(Guid.NewGuid(), Cancelled))).Kind);
    }

    [Theory]
    [InlineData("org/of-which-nothing-is-here", ExoErrorKind.ModelNotFound)]
    [InlineData("stories", ExoErrorKind.BadRequest)]
    [InlineData("./a-folder", ExoErrorKind.BadRequest)]
    public async Task Remove_OfWhatCannotBe_SaysWhy(string name, ExoErrorKind kind) =>
        Assert.Equal(kind, (await Assert.ThrowsAsync<ExoException>(() => Services[0].RemoveAsync(name, Cancelled))).Kind);

    private List<IExoService> Services => [.. nodes.Names.Order().Select(nodes.Of<IExoService>)];

    private static string FolderOf(string name) => $"models--{name.Replace("/", "--")}";

    private async Task<(string Name, IModelGrain Model)> PullAsync(DeployOptions options)
    {
        nodes.Weights.Open();
        var name = nodes.NewModel();
        var model = nodes.Grains.GetGrain<IModelGrain>(name);
        await model.PullAsync(options, Cancelled);
        Assert.Null((await model.UntilAsync(now => now.Phase is ModelPhase.Idle or ModelPhase.Failed, "the pull's end")).Error);
        return (name, model);
    }

    private async Task<long> HeldAsync(string name) =>
        (await Task.WhenAll(nodes.Names.Select(nodes.FactsAsync))).SelectMany(facts => facts.Held).Where(held => held.Model == name).Sum(held => held.ByteCount);

    /// <summary>A file in the cache that is verified and not yet on the disk, until the result is disposed.</summary>
    private static FileStream Settling(string cache, string name)
    {
        var hash = new string('5', 64);
        File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(cache, FolderOf(name), "blobs")).FullName, hash + ".exo.incomplete.journal"), []);
        return new FileStream(Path.Combine(Directory.CreateDirectory(Path.Combine(cache, ".locks", FolderOf(name))).FullName, hash + ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    private async Task UntilNoSliceAsync(string cache, string name)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (Directory.Exists(Path.Combine(cache, ".exo-slices", FolderOf(name))))
        {
            Assert.False(limit.IsCancellationRequested, "the first node's slices were never removed");
            await Task.Delay(10, Cancelled);
        }
    }
}
