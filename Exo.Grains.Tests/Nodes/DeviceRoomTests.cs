using Exo.Grains.Nodes;
using Exo.Grains.Shards;

namespace Exo.Grains.Tests.Nodes;

public sealed class DeviceRoomTests
{
    private const long Free = 1000;

    [Fact]
    public void Of_ShardsWithMappedWeights_TakesThemOffThoughTheSystemCountsThemAsFree() =>
        Assert.Equal(1000 - 300, DeviceRoom.Of(Free, null, [Shard(weights: 200, kv: 100, unseen: 300)]));

    [Fact]
    public void Of_ShardsWithWeightsOfTheirOwn_DoesNotTakeThemOffTwice() =>
        Assert.Equal(1000 - 100, DeviceRoom.Of(Free, null, [Shard(weights: 200, kv: 100, unseen: 100)]));

    [Theory]
    [InlineData(400, 100)] // What the operator allows less all that the shard may take,
    [InlineData(5000, 700)] // or what there is, whichever is less.
    public void Of_WithALimit_GivesTheLesser(long limit, long expected) =>
        Assert.Equal(expected, DeviceRoom.Of(Free, limit, [Shard(weights: 200, kv: 100, unseen: 300)]));

    [Fact]
    public void Of_MorePromisedThanThereIs_IsNothing() => Assert.Equal(0, DeviceRoom.Of(Free, null, [Shard(weights: 2000, kv: 0, unseen: 2000)]));

    [Fact]
    public void On_ADevice_LeavesOutOthersAndWhatFailed() =>
        Assert.Equal([1L], DeviceRoom.On("cpu", [Shard(1, 0, 0), Shard(2, 0, 0) with { Device = "cuda:0" }, Shard(3, 0, 0) with { Phase = ShardPhase.Failed }]).Select(shard => shard.WeightByteCount));

    private static ShardState Shard(long weights, long kv, long unseen) =>
        new() { Model = "m", Epoch = 1, FirstLayer = 0, EndLayer = 1, Phase = ShardPhase.Ready, WeightByteCount = weights, KvByteCount = kv, UnseenByteCount = unseen };
}
