using Exo.Api;
using Exo.Api.Local;
using Exo.Engine.Cpu;
using Exo.Engine.Models;
using Exo.Grains.Shards;

namespace Exo.Grains.Tests.Nodes;

/// <summary>What layers in memory count for.</summary>
public sealed class ResidentShardTests
{
    /// <summary>Norms of the sample model's five layers and its last one, in BF16: all that is read from mapped pages.</summary>
    private const int NormByteCount = ((2 * 5) + 1) * 256 * 2;

    /// <summary>The sample's head is its embedding; as it is stored (BF16) it is packed.</summary>
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
        Assert.Equal(NormByteCount, shard.UnseenByteCount - shard.KvByteCount);
        Assert.Equal(cost.WeightByteCount - NormByteCount, progress.SeenByteCount);
        Assert.True(shard.WeightByteCount < 0.8 * stored.Describe().ByteCount);
    }
}
