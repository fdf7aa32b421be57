using Exo.Hub;
using Exo.Hub.Pulls;
using Exo.Hub.Slices;
using Exo.Tests.Hub.Server;

namespace Exo.Tests.Hub.Slices;

public sealed class LayerSlicerTests
{
    private static readonly FakeModel Sharded = new() { Layers = 12, LargestFile = 200_000 };

    /// <summary>So that no connection takes another's last bytes over and the server's count is exact.</summary>
    private static readonly Func<HubOptions, HubOptions> OneConnection = options => options with { MaxConnections = 1 };

    [Theory]
    [InlineData(0, 3, true, false)]
    [InlineData(4, 9, false, false)]
    [InlineData(9, 12, false, true)]
    [InlineData(0, 0, false, true)]
    public async Task Fetch_OfAShardedModel_BringsTheSliceAndLittleElse(int first, int end, bool embedding, bool head)
    {
        await using var hub = await StartAsync(Sharded);
        using var node = new SliceNode(hub.Endpoint, OneConnection);
        var slice = new LayerSlice(first, end, embedding, head);

        var map = await node.Slicer.MapAsync(SliceNode.Model);
        hub.Ledger.Clear();
        var plan = SlicePlan.Make(map, slice);
        var stored = await node.Slicer.Start(plan).Completion;

        SliceAssert.Holds(stored, Sharded, slice);
        Assert.Equal(plan.WantedByteCount, WeightBytesSent(hub));
        Assert.True(File.Exists(Path.Combine(stored.Folder, "config.json")));
        Assert.False(File.Exists(Path.Combine(stored.Folder, "README.md")));
        Assert.Empty(Directory.EnumerateDirectories(node.Options.CacheFolder, "models--*")); // Nothing of a slice enters the shared cache.
    }

    [Fact]
    public async Task Fetch_ByFourNodes_AsksTheHubForTheModelOnce()
    {
        await using var hub = await StartAsync(Sharded);
        for (var i = 0; i < 4; i++)
        {
            using var node = new SliceNode(hub.Endpoint, OneConnection);
            var map = await node.Slicer.MapAsync(SliceNode.Model);
            await node.Slicer.Start(SlicePlan.Make(map, new LayerSlice(i * 3, i * 3 + 3, WithEmbedding: i == 0, WithHead: i == 3))).Completion;
        }

        var size = Sharded.Files().Where(IsWeights).Sum(file => file.Size);
        var sentOnce = Sharded.Files().Where(IsWeights).Sum(file => hub.Ledger.BytesSentAtLeast(1, "org/model/" + file.Path));
        Assert.Equal(size, sentOnce);
        // Headers go to every node, and each node's map reads up to 100 kB of each file: all but nothing of a real model, much of this small one.
        var map0 = Sharded.Map();
        var allowance = 4 * map0.Files.Sum(file => file.HeaderByteCount + Math.Min(100_000, file.File.ByteCount));
        Assert.InRange(WeightBytesSent(hub), size, size * 1.02 + allowance);
    }

    [Fact]
    public async Task Fetch_OfMoreLayers_BringsOnlyWhatIsMissing()
    {
        await using var hub = await StartAsync(Sharded);
        using var node = new SliceNode(hub.Endpoint, OneConnection);
        await node.FetchAsync(new LayerSlice(2, 5));
        hub.Ledger.Clear();

        var wider = new LayerSlice(3, 8, WithHead: true);
        var stored = await node.FetchAsync(wider);

        SliceAssert.Holds(stored, Sharded, wider);
        SliceAssert.Holds(stored, Sharded, new LayerSlice(2, 8));
        var map = Sharded.Map();
        var added = map.ByteCount(new LayerSlice(5, 8, WithHead: true));
        Assert.InRange(WeightBytesSent(hub), added, added * 1.02); // The headers were read from the disk.
    }

    [Fact]
    public async Task Fetch_CutOffAndBegunAgain_GoesOnWhereItStopped()
    {
        var model = new FakeModel { Layers = 12, HiddenSize = 256 };
        // The third part of it comes, then the hub falls silent.
        var good = (int)(model.Files().Where(IsWeights).Sum(file => file.Size) / 3 / (64 << 10));
        await using var hub = await StartAsync(model, new HubServerOptions { Faults = FaultPlan.After(good, Fault.Silence, FaultScope.Content, "org/model/model.safetensors") });
        var first = new SliceNode(hub.Endpoint, options => options with { MaxConnections = 2, StallTimeout = TimeSpan.FromSeconds(30) });
        var slice = new LayerSlice(0, 12, WithEmbedding: true, WithHead: true);
        var plan = SlicePlan.Make(await first.Slicer.MapAsync(SliceNode.Model), slice);
        var pull = first.Slicer.Start(plan);
        await hub.Ledger.WhenAsync(2, request => request.Fault == Fault.Silence);
        pull.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull.Completion);
        Assert.Equal(PullPhase.Cancelled, pull.Progress.Phase);

        await using var healthy = await StartAsync(model);
        using var second = first.Restart(healthy.Endpoint, OneConnection);
        var rest = SlicePlan.Make(await second.Slicer.MapAsync(SliceNode.Model), slice);
        var here = Assert.Single(second.Slicer.Store.List()).Folder;
        var small = rest.Map.SmallFiles.Where(file => !File.Exists(Path.Combine(here, file.Path))).Sum(file => file.ByteCount); // The cut may have come before they were in place.
        var again = second.Slicer.Start(rest);
        var stored = await again.Completion.WaitAsync(TimeSpan.FromSeconds(60));

        SliceAssert.Holds(stored, model, slice);
        Assert.InRange(again.Progress.BytesResumed, plan.WantedByteCount / 4, plan.WantedByteCount / 2);
        Assert.Equal(plan.WantedByteCount + small - again.Progress.BytesResumed, again.Progress.BytesReceived);
    }

    [Fact]
    public async Task Offline_WithTheSliceHere_NeedsNoServer()
    {
        var hub = await StartAsync(Sharded);
        var online = new SliceNode(hub.Endpoint);
        await online.FetchAsync(new LayerSlice(0, 4, WithEmbedding: true));
        await hub.DisposeAsync();

        using var node = online.Restart(hub.Endpoint, options => options with { Offline = true });
        var stored = await node.FetchAsync(new LayerSlice(1, 3));

        Assert.True(stored.Has(new LayerSlice(0, 4, WithEmbedding: true)));
        Assert.False(stored.Has(new LayerSlice(0, 5)));
        var failure = await Assert.ThrowsAsync<HubException>(() => node.Slicer.MapAsync(ModelReference.Parse("org/other")));
        Assert.Equal(HubError.Offline, failure.Error);
    }

    [Fact]
    public async Task Fetch_TwiceAtOnce_SharesTheBytes()
    {
        await using var hub = await StartAsync(Sharded);
        using var node = new SliceNode(hub.Endpoint, OneConnection);
        var map = await node.Slicer.MapAsync(SliceNode.Model);
        hub.Ledger.Clear();

        var one = node.Slicer.Start(SlicePlan.Make(map, new LayerSlice(0, 6)));
        var two = node.Slicer.Start(SlicePlan.Make(map, new LayerSlice(3, 9)));
        await Task.WhenAll(one.Completion, two.Completion).WaitAsync(TimeSpan.FromSeconds(60));

        var both = SlicePlan.Make(map, new LayerSlice(0, 9)).WantedByteCount;
        Assert.InRange(WeightBytesSent(hub), both * 0.98, both * 1.02);
        SliceAssert.Holds(node.Slicer.Store.Find(SliceNode.Model)!, Sharded, new LayerSlice(0, 9));
    }

    [Fact]
    public async Task Map_OfAHeaderLongerThanTheFirstRead_ReadsTheRest()
    {
        var model = new FakeModel { Layers = 150, HiddenSize = 8, IntermediateSize = 16, KvSize = 8 };
        await using var hub = await StartAsync(model);
        using var node = new SliceNode(hub.Endpoint);
        Assert.True(model.Map().Files[0].HeaderByteCount > 100_000);

        var map = await node.Slicer.MapAsync(SliceNode.Model);

        Assert.Equal(150, map.LayerCount);
        Assert.Equal(2, hub.Ledger.ContentRequests("org/model/model.safetensors").Count(request => request.Method == "GET"));
    }

    [Fact]
    public async Task Fetch_FromAHubThatIgnoresRanges_StillKeepsOnlyTheSlice()
    {
        var model = new FakeModel { Layers = 150, HiddenSize = 8, IntermediateSize = 16, KvSize = 8 };
        await using var hub = await StartAsync(model, new HubServerOptions { Faults = FaultPlan.Always(Fault.WholeBody, FaultScope.Content) });
        using var node = new SliceNode(hub.Endpoint);
        var slice = new LayerSlice(10, 20);

        var stored = await node.FetchAsync(slice);

        SliceAssert.Holds(stored, model, slice);
        Assert.True(stored.ByteCount < model.Files().Sum(file => file.Size) / 2);
    }

    [Fact]
    public async Task Map_OfAGgufVariant_CutsIt()
    {
        await using var hub = await HubServer.StartAsync();
        var header = WeightHeaderTests.Gguf([("token_embd.weight", 0), ("blk.0.w", 3200), ("blk.1.w", 6400), ("output.weight", 9600)]);
        ServedFile Gguf(string name) => new(name, new JoinedContent(new BytesContent(header), new SeededContent(9, 12_800))) { IsLfs = true };
        hub.Add("org/model", Gguf("model-Q4_K_M.gguf"), Gguf("model-Q8_0.gguf"), Gguf("mmproj-model-f16.gguf"));
        using var node = new SliceNode(hub.Endpoint);

        var stored = await node.FetchAsync(new LayerSlice(1, 2), ModelReference.Parse("org/model:Q4_K_M"));

        var file = Assert.Single(stored.Files);
        SliceAssert.Same(file.DiskPath, Gguf("x").Content, new Exo.Hub.Transfer.ByteRange(header.Length + 6400, 3200));
        Assert.InRange(file.Verified!.ByteCount, header.Length + 3200, header.Length + 3200 + 64);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../../etc/passwd"}}""")]
    [InlineData("""{"weight_map":{"a":5}}""")]
    [InlineData("""{"weight_map":{}}""")]
    [InlineData("""{"nothing":1}""")]
    [InlineData("""not json""")]
    public async Task Map_WithABadIndex_IsRefused(string index)
    {
        await using var hub = await HubServer.StartAsync();
        hub.Add("org/model", HubServerFixture.Text("model.safetensors.index.json", index));
        using var node = new SliceNode(hub.Endpoint);

        var failure = await Assert.ThrowsAsync<HubException>(() => node.Slicer.MapAsync(SliceNode.Model));
        Assert.Equal(HubError.BadAnswer, failure.Error);
    }

    [Fact]
    public async Task Map_OfARepositoryWithoutWeights_SaysSo()
    {
        await using var hub = await HubServer.StartAsync();
        hub.Add("org/model", HubServerFixture.Text("config.json"));
        using var node = new SliceNode(hub.Endpoint);

        var failure = await Assert.ThrowsAsync<HubException>(() => node.Slicer.MapAsync(SliceNode.Model));
        Assert.Equal(HubError.NothingToPull, failure.Error);
    }

    [Fact]
    public async Task Remove_OfASlice_LeavesNothing()
    {
        await using var hub = await StartAsync(Sharded);
        using var node = new SliceNode(hub.Endpoint);
        var stored = await node.FetchAsync(new LayerSlice(0, 1));

        Assert.Single(node.Slicer.Store.List());
        Assert.Equal(stored.ByteCount, node.Slicer.Store.Remove(SliceNode.Model));
        Assert.Null(node.Slicer.Store.Find(SliceNode.Model));
        Assert.Empty(node.Slicer.Store.List());
        Assert.Null(node.Slicer.Store.Remove(SliceNode.Model));
    }

    [Fact]
    public async Task Remove_WhileASliceIsFetched_IsRefused()
    {
        await using var hub = await StartAsync(Sharded, new HubServerOptions { Faults = FaultPlan.Always(Fault.Silence, FaultScope.Content, "org/model/config.json") });
        using var node = new SliceNode(hub.Endpoint, options => options with { StallTimeout = TimeSpan.FromSeconds(30) });
        var pull = node.Slicer.Start(SlicePlan.Make(await node.Slicer.MapAsync(SliceNode.Model), new LayerSlice(0, 1)));
        await hub.Ledger.WhenAsync(1, request => request.Fault == Fault.Silence);

        var failure = Assert.Throws<HubException>(() => node.Slicer.Store.Remove(ModelReference.Parse("org/model@" + pull.Plan.Map.Model.Commit)));

        Assert.Equal(HubError.Busy, failure.Error);
        pull.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull.Completion);
    }

    [Fact]
    public async Task Fetch_AfterAFileWasTakenAway_BringsItBack()
    {
        await using var hub = await StartAsync(Sharded);
        using var node = new SliceNode(hub.Endpoint);
        var slice = new LayerSlice(0, 3);
        var stored = await node.FetchAsync(slice);
        File.Delete(Path.Combine(stored.Folder, Sharded.Files().First(IsWeights).Path));
        Assert.False(node.Slicer.Store.Find(SliceNode.Model)!.Has(slice));

        SliceAssert.Holds(await node.FetchAsync(slice), Sharded, slice);
    }

    internal static async Task<HubServer> StartAsync(FakeModel model, HubServerOptions? options = null)
    {
        var hub = await HubServer.StartAsync(options);
        hub.Add("org/model", [.. model.Files()]);
        return hub;
    }

    internal static bool IsWeights(ServedFile file) => file.Path.EndsWith(".safetensors", StringComparison.Ordinal);

    private static long WeightBytesSent(HubServer hub) => hub.Ledger.Requests.Where(request => request.File?.EndsWith(".safetensors", StringComparison.Ordinal) is true).Sum(request => request.BytesSent);
}
