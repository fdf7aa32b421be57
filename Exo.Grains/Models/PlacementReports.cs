using Exo.Api;
using Exo.Engine.Placement;

namespace Exo.Grains.Models;

/// <summary>A placement in the service contract's words.</summary>
internal static class PlacementReports
{
    public static PlacementReport Of(PlacingInput input, Placed placed)
    {
        var report = new PlacementReport
        {
            Model = input.Model,
            ContextLength = placed.Deployment?.ContextLength ?? placed.Refusal?.ContextLength ?? 0,
            Sequences = placed.Plan?.Sequences ?? placed.Refusal?.Sequences ?? input.Options.MaxSequences,
            LayerCount = input.Cost.Layers.Count,
            WeightByteCount = input.Cost.WeightByteCount,
            KvByteCount = placed.Plan?.Shards.Sum(shard => shard.KvByteCount) ?? placed.Refusal?.KvByteCount ?? 0,
        };
        if (placed.Refusal is { } refusal) return report with { Refusal = refusal.Sentence };
        return placed.Plan is { } plan ? Planned(report, plan, input) : report with { Shards = [.. placed.Deployment!.Shards.Select(Forced)], Reasons = ["the number of shards was asked for"], LeftOut = [.. Without(input)] };
    }

    private static IEnumerable<NodeLeftOut> Without(PlacingInput input) => input.Without.OrderBy(left => left.Key, StringComparer.Ordinal).Select(left => new NodeLeftOut(left.Key, left.Value));

    private static PlacementReport Planned(PlacementReport report, PlacementPlan plan, PlacingInput input) => report with
    {
        SecondsPerToken = plan.TimePerToken.TotalSeconds,
        Reasons = [.. plan.Reasons.Except(plan.LeftOut.Select(left => left.Sentence))], // Those are told with their nodes.
        LeftOut = [.. plan.LeftOut.Select(left => new NodeLeftOut(left.Node, left.Sentence)), .. Without(input)],
        Shards = [.. plan.Shards.Select((shard, i) => new PlacedShard
        {
            Node = shard.Node,
            Device = shard.Device,
            FirstLayer = shard.Layers.Start,
            EndLayer = shard.Layers.End,
            WeightByteCount = shard.WeightByteCount,
            KvByteCount = shard.KvByteCount,
            FreeByteCount = shard.FreeByteCount,
            ComputeSeconds = shard.TimePerToken.TotalSeconds,
            HopSeconds = i > 0 ? plan.Shards[i - 1].HopToNext.TotalSeconds : plan.ReturnHop.TotalSeconds,
        })],
    };

    private static PlacedShard Forced(ShardPlace shard) => new()
    {
        Node = shard.Node,
        Device = shard.Device,
        FirstLayer = shard.FirstLayer,
        EndLayer = shard.EndLayer,
        WeightByteCount = shard.ByteCount,
        KvByteCount = 0,
        FreeByteCount = 0,
        ComputeSeconds = 0,
        HopSeconds = 0,
    };
}
