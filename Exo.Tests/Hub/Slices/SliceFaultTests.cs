using Exo.Hub;
using Exo.Hub.Slices;
using Exo.Tests.Hub.Server;

namespace Exo.Tests.Hub.Slices;

/// <summary>
/// A slice fetched through a lying network is right to the byte. Left out of the random runs: flipped bits, because nothing announces a range's
/// hash, and changed files, because a file that changes again and again is rightly given up.
/// </summary>
public sealed class SliceFaultTests
{
    private static readonly FakeModel Model = new() { Layers = 6, HiddenSize = 128, LargestFile = 700_000 };
    private static readonly LayerSlice Slice = new(1, 4, WithEmbedding: true);

    /// <summary>A few in every run; EXO_HUB_SEEDS asks for more.</summary>
    public static TheoryData<ulong> Seeds =>
        [.. Enumerable.Range(1, int.TryParse(Environment.GetEnvironmentVariable("EXO_HUB_SEEDS"), out var count) ? count : 6).Select(seed => (ulong)seed)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Fetch_ThroughRandomFaults_IsRightToTheByte(ulong seed)
    {
        Fault[] faults = [.. Enum.GetValues<Fault>().Except([Fault.None, Fault.Corrupt, Fault.ChangedETag])];
        await using var hub = await LayerSlicerTests.StartAsync(Model, new HubServerOptions { Faults = FaultPlan.Random(seed, 0.2, faults) });
        using var node = new SliceNode(hub.Endpoint);

        SliceAssert.Holds(await node.FetchAsync(Slice), Model, Slice);
    }

    /// <summary>A slice of all layers covers every file, and a file that is covered has a hash.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    public async Task Fetch_OfAWholeFileWithAFlippedBit_IsMendedOrRefused(int times)
    {
        const string file = "org/model/model-00002-of-00002.safetensors";
        var faults = times == 1 ? FaultPlan.Nth(2, Fault.Corrupt, FaultScope.Content, file) : FaultPlan.After(1, Fault.Corrupt, FaultScope.Content, file);
        await using var hub = await LayerSlicerTests.StartAsync(Model, new HubServerOptions { Faults = faults });
        using var node = new SliceNode(hub.Endpoint);
        var all = new LayerSlice(0, Model.Layers, WithEmbedding: true, WithHead: true);

        if (times == 1)
        {
            SliceAssert.Holds(await node.FetchAsync(all), Model, all);
        }
        else
        {
            var failure = await Assert.ThrowsAsync<HubException>(() => node.FetchAsync(all));
            Assert.Equal(HubError.HashMismatch, failure.Error);
            Assert.False(node.Slicer.Store.Find(SliceNode.Model)?.Has(all) ?? false);
        }
        Assert.Contains(hub.Ledger.Requests, request => request.Fault == Fault.Corrupt);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Fetch_WithOneAnswerOfAnotherFile_KeepsNothingOfIt(int good)
    {
        // The first request for the file's bytes is the map's.
        var faults = FaultPlan.Nth(1 + good, Fault.ChangedETag, FaultScope.Content, "org/model/model-00001-of-00002.safetensors");
        await using var hub = await LayerSlicerTests.StartAsync(Model, new HubServerOptions { Faults = faults });
        using var node = new SliceNode(hub.Endpoint, options => options with { MaxConnections = 1 });

        try
        {
            SliceAssert.Holds(await node.FetchAsync(Slice), Model, Slice);
        }
        catch (HubException refused) when (refused.Error == HubError.ContentChanged)
        {
            // In the middle of a file one foreign answer is two changes, there and back, which is refused in words. The next fetch is right.
            SliceAssert.Holds(await node.FetchAsync(Slice), Model, Slice);
        }
        Assert.Contains(hub.Ledger.Requests, request => request.Fault == Fault.ChangedETag);
    }

    [Fact]
    public async Task Fetch_OfAFileThatStaysAnother_IsGivenUp()
    {
        var model = Model with { LargestFile = long.MaxValue };
        var faults = FaultPlan.After(1, Fault.ChangedETag, FaultScope.Content, "org/model/model.safetensors");
        await using var hub = await LayerSlicerTests.StartAsync(model, new HubServerOptions { Faults = faults });
        using var node = new SliceNode(hub.Endpoint);
        var slice = new LayerSlice(0, 1);

        var failure = await Assert.ThrowsAsync<HubException>(() => node.FetchAsync(slice));

        Assert.Equal(HubError.ContentChanged, failure.Error);
        Assert.False(node.Slicer.Store.Find(SliceNode.Model)?.Has(slice) ?? false);
    }
}
