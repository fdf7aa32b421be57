using Exo.Api;
using Exo.Api.Local;
using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Models;
using Exo.Grains.Shards;

namespace Exo.Grains.Tests.Nodes;

/// <summary>What layers in memory count for.</summary>
public sealed class ResidentShardTests
{
    /// <summary>Norms of the sample model's five layers and its last one, in BF16: all that is read from mapped pages.</summary>
    private const int NormByteCount = ((2 * 5) + 1) * 256 * 2;

    /// <summary>The sample's head is its embedding. As it is stored (BF16) it is packed by the first steps; until then what that takes is promised.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(WeightQuantization.Q8)]
    public void Load_WholeModel_TakesWhatIsPlanned_AndPromisesOnlyWhatStaysMapped(WeightQuantization? quantization)
    {
        var stored = ModelFiles.Open(Path.Combine(AppContext.BaseDirectory, "models", "stories"));
        var (files, cost) = (Quantizations.Apply(stored, quantization), Quantizations.CostOf(stored, quantization));
        var shape = new ResidentShape(stored.Path, LayerRange.All(stored.Spec), "cpu", KvBlockCount: 4, Threads: 1, quantization);
        var progress = new ShardProgress();

        using var shard = Exo.Grains.Shards.ResidentShard.Load(files, shape, new CpuBackend(), progress, TestContext.Current.CancellationToken);

        Assert.Equal(cost.WeightByteCount, shard.WeightByteCount);
        Assert.Equal(cost.WeightByteCount - NormByteCount, progress.SeenByteCount + shard.Shard.PendingByteCount);
        Assert.Equal(quantization is null, shard.Shard.PendingByteCount > 0);
        Assert.Equal(NormByteCount + shard.Shard.PendingByteCount, shard.UnseenByteCount - shard.KvByteCount);
        for (var step = 0; shard.Shard.PendingByteCount > 0; step++)
        {
            Assert.True(step < 20);
            shard.Shard.Forward(new StepInput { TokenIds = new[] { 1 }, Slices = [new SequenceSlice { SequenceId = 1, StartPosition = step, TokenCount = 1, Blocks = new[] { 0 } }] }, TestContext.Current.CancellationToken);
        }

        Assert.Equal(NormByteCount, shard.UnseenByteCount - shard.KvByteCount + shard.Shard.KvTouchedByteCount);
        Assert.True(shard.WeightByteCount < 0.8 * stored.Describe().ByteCount);
    }
}
