using Exo.Engine;
using Exo.Engine.Backends;
using Exo.Engine.Models;
using Exo.Engine.Scheduling;
using Exo.Engine.Weights;

namespace Exo.Tests.Engine.Scheduling;

public sealed class KvPlanTests
{
    // Three layers, one KV head of 2: 3 · 2 · 2 · 4 bytes a position in F32, 32 positions a block.
    private const long BlockByteCount = 1536;

    [Fact]
    public void For_EnoughMemory_HasRoomForAllSequencesAtFullLength() =>
        Assert.Equal(new KvPlan(4096, 4 * 128), Plan(new LoadOptions { MaxSequences = 4 }, long.MaxValue));

    [Fact]
    public void For_MemoryForSomeSequences_KeepsTheContextAndHasFewerBlocks() =>
        Assert.Equal(new KvPlan(4096, 200), Plan(new LoadOptions { MaxSequences = 4 }, 200 * BlockByteCount + 5));

    [Fact]
    public void For_MemoryForLessThanOneSequence_ShortensTheContext() =>
        Assert.Equal(new KvPlan(100 * 32, 100), Plan(new LoadOptions(), 100 * BlockByteCount));

    [Fact]
    public void For_NoMemory_StillHasTheLeast() => Assert.Equal(new KvPlan(256, 8), Plan(new LoadOptions(), 0));

    [Fact]
    public void For_ContextNotAWholeBlock_RoundsTheBlocksUp() =>
        Assert.Equal(new KvPlan(33, 4), Plan(new LoadOptions { ContextLength = 33, MaxSequences = 2 }, long.MaxValue));

    [Fact]
    public void For_ContextAskedForDoesNotFit_ThrowsWithTheSum()
    {
        var error = Assert.Throws<ArgumentException>(() => Plan(new LoadOptions { ContextLength = 4000 }, 100 * BlockByteCount));

        Assert.Contains("4000 tokens", error.Message);
        Assert.Contains("at most 3200", error.Message);
    }

    [Fact]
    public void For_HalfPrecision_HalvesTheBlock() => Assert.Equal(BlockByteCount / 2, KvPlan.BlockByteCount(ToyModel.Spec, Weights(), KvType.F16));

    [Fact]
    public void Available_OfMeminfo_IsInBytes()
    {
        Assert.Equal(123456L * 1024, FreeMemory.Available(["MemTotal:       24000000 kB", "MemFree:          100 kB", "MemAvailable:     123456 kB"]));
        Assert.Null(FreeMemory.Available(["MemTotal: 1 kB"]));
        Assert.True(FreeMemory.ByteCount() > 0);
    }

    private static KvPlan Plan(LoadOptions options, long budget) => KvPlan.For(ToyModel.Spec, Weights(), options with { KvType = KvType.F32 }, budget);

    private static unsafe ShardWeights Weights()
    {
        var none = new Tensor("none", DType.F32, [1], null);
        var block = new FeedForwardWeights { Gate = none, Up = none, Down = none };
        var layer = new LayerWeights { AttentionNorm = none, Query = none, Key = none, Value = none, Output = none, FeedForwardNorm = none, FeedForward = [block] };
        return new ShardWeights { Layers = [layer, layer, layer] };
    }
}
