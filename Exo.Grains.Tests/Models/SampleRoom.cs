using Exo.Api.Local;
using Exo.Engine.Models;
using Exo.Engine.Placement;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Grains.Tests.Nodes;

namespace Exo.Grains.Tests.Models;

/// <summary>What the sample model takes of a node's memory.</summary>
internal static class SampleRoom
{
    private const long Plenty = 1L << 30;

    public static ModelCost Cost { get; } = Quantizations.CostOf(ModelFiles.Open(Path.Combine(AppContext.BaseDirectory, "models", "stories")), null);

    public static PlacingInput Input(DeployOptions options, params NodeFacts[] nodes) => new() { Model = "newcomer", Commit = null, Cost = Cost with { Model = "newcomer" }, Options = options, Nodes = [.. nodes] };

    public static NodeFacts Node(string name, long free, params (string Model, long ByteCount)[] shards) => new()
    {
        Name = name,
        Devices = [FixedMeter.Facts(free)],
        Version = "1",
        Shards = [.. shards.Select(shard => new Exo.Grains.Shards.ShardState { Model = shard.Model, Epoch = 1, FirstLayer = 0, EndLayer = 1, Phase = Exo.Grains.Shards.ShardPhase.Ready, WeightByteCount = shard.ByteCount })],
    };

    /// <summary>The least free memory of a node, in steps of some fifty tokens, in which the model has a context.</summary>
    public static long LeastFree(int context)
    {
        const long Step = 256 << 10;
        var free = Step;
        while (Placing.Make(Input(new DeployOptions { ContextLength = context }, Node("a", free))).Refusal is not null) free += Step;
        return free;
    }

    /// <summary>What it takes once it is deployed, where there is plenty.</summary>
    public static long ByteCount(DeployOptions options) => Placing.Make(Input(options, Node("a", Plenty))).Deployment!.Shards.Sum(shard => shard.ByteCount);
}
