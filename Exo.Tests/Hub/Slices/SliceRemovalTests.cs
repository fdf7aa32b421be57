using Exo.Hub;
using Exo.Hub.Slices;
using Exo.Hub.Store;
using Exo.Tests.Hub.Server;

namespace Exo.Tests.Hub.Slices;

public sealed class SliceRemovalTests
{
    private static readonly FakeModel Small = new() { Layers = 2 };

    private static readonly LayerSlice First = new(0, 1, WithEmbedding: true);

    [Fact]
    public async Task DefaultFolder_IsOnTheCachesVolume_AndNoModelOfTheCache()
    {
        await using var hub = await LayerSlicerTests.StartAsync(Small);
        using var node = new SliceNode(hub.Endpoint);

        var stored = await node.FetchAsync(First);

        Assert.StartsWith(node.Options.CacheFolder + Path.DirectorySeparatorChar, stored.Folder);
        Assert.Empty(new HubCache(node.Options).List());
    }

    [Fact]
    public async Task Remove_OfAllRevisions_TakesEachAndItsNames()
    {
        await using var hub = await HubServer.StartAsync();
        using var node = new SliceNode(hub.Endpoint);
        var (older, newer) = await FetchTwoRevisionsAsync(hub, node);

        Assert.Equal(older.ByteCount + newer.ByteCount, node.Slicer.Store.Remove(SliceNode.Model, allRevisions: true));

        Assert.Empty(node.Slicer.Store.List());
        Assert.Empty(Directory.EnumerateDirectories(node.Slicer.Store.Folder, "models--*"));
        Assert.Null(node.Slicer.Store.Remove(SliceNode.Model, allRevisions: true));
    }

    [Fact]
    public async Task Remove_OfOneRevision_LeavesTheOthers()
    {
        await using var hub = await HubServer.StartAsync();
        using var node = new SliceNode(hub.Endpoint);
        var (older, newer) = await FetchTwoRevisionsAsync(hub, node);

        Assert.Equal(older.ByteCount, node.Slicer.Store.Remove(ModelReference.Parse($"org/model@{older.Commit}")));

        Assert.Equal(newer.Commit, Assert.Single(node.Slicer.Store.List()).Commit);
        Assert.NotNull(node.Slicer.Store.Find(SliceNode.Model));
    }

    [Fact]
    public async Task Remove_OfAVariant_LeavesTheOthers()
    {
        await using var hub = await HubServer.StartAsync();
        var header = WeightHeaderTests.Gguf([("token_embd.weight", 0), ("blk.0.w", 3200), ("output.weight", 6400)]);
        ServedFile Gguf(string name) => new(name, new JoinedContent(new BytesContent(header), new SeededContent(9, 9600))) { IsLfs = true };
        hub.Add("org/model", Gguf("model-Q4_K_M.gguf"), Gguf("model-Q8_0.gguf"));
        using var node = new SliceNode(hub.Endpoint);
        var four = await node.FetchAsync(First, ModelReference.Parse("org/model:Q4_K_M"));
        await node.FetchAsync(First, ModelReference.Parse("org/model:Q8_0"));

        Assert.Equal(four.ByteCount, node.Slicer.Store.Remove(ModelReference.Parse("org/model:q4_k_m"), allRevisions: true));

        Assert.Equal("Q8_0", Assert.Single(node.Slicer.Store.List()).Variant);
    }

    [Fact]
    public async Task Remove_OfWhatARemovalLeftThatWasCutOff_TakesTheRest()
    {
        await using var hub = await LayerSlicerTests.StartAsync(Small);
        using var node = new SliceNode(hub.Endpoint);
        var stored = await node.FetchAsync(First);
        File.Delete(Path.Combine(stored.Folder, "slice.json"));

        Assert.NotNull(node.Slicer.Store.Remove(SliceNode.Model, allRevisions: true));

        Assert.False(Directory.Exists(stored.Folder));
    }

    private static async Task<(StoredSlice Older, StoredSlice Newer)> FetchTwoRevisionsAsync(HubServer hub, SliceNode node)
    {
        var repository = hub.Add("org/model", [.. Small.Files()]);
        var older = await node.FetchAsync(First);
        repository.Commit("main", [.. (Small with { Seed = 7 }).Files()]);
        var newer = await node.FetchAsync(First);
        Assert.NotEqual(older.Commit, newer.Commit);
        return (older, newer);
    }
}
