using Exo.Api;
using Exo.Engine.Backends;
using Exo.Engine.Models;
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
            KvByteCount = placed.Refusal?.KvByteCount ?? 0,
        };
        if (placed.Refusal is { } refusal) return report with { Refusal = refusal.Sentence };

        // The plan was made for a usual context; what is told is what the model gets.
        report = report with { KvByteCount = KvByteCount(input, new LayerRange(0, report.LayerCount), report) };
        return placed.Plan is { } plan ? Planned(report, plan, input) : report with { Shards = [.. placed.Deployment!.Shards.Select(shard => Forced(shard, input, report))], Reasons = ["the number of shards was asked for"], LeftOut = [.. Without(input)] };
    }

    private static IEnumerable<NodeLeftOut> Without(PlacingInput input) => input.Without.OrderBy(left => left.Key, StringComparer.Ordinal).Select(left => new NodeLeftOut(left.Key, left.Value));

    private static PlacementReport Planned(PlacementReport report, PlacementPlan plan, PlacingInput input) => report with
    {
        SecondsPerToken = plan.TimePerToken.TotalSeconds,
        Reasons = [.. plan.Reasons.Except(plan.LeftOut.Select(left => left.Sentence)), .. Roomier(report, plan)], // Those are told with their nodes.
        LeftOut = [.. plan.LeftOut.Select(left => new NodeLeftOut(left.Node, left.Sentence)), .. Without(input)],
        Shards = [.. plan.Shards.Select((shard, i) => new PlacedShard
        {
            Node = shard.Node,
            Device = shard.Device,
            FirstLayer = shard.Layers.Start,
            EndLayer = shard.Layers.End,
            WeightByteCount = shard.WeightByteCount,
            KvByteCount = KvByteCount(input, shard.Layers, report),
            FreeByteCount = shard.FreeByteCount,
            ComputeSeconds = shard.TimePerToken.TotalSeconds,
            HopSeconds = i > 0 ? plan.Shards[i - 1].HopToNext.TotalSeconds : plan.ReturnHop.TotalSeconds,
        })],
    };

    /// <summary>The plan's sentences count a usual context.</summary>
    private static IEnumerable<string> Roomier(PlacementReport report, PlacementPlan plan)
    {
        if (report.ContextLength == plan.ContextLength) yield break;
        yield return FormattableString.Invariant($"Of the memory that is left, keys and values get as much as a context of {report.ContextLength:N0} needs in {(report.Sequences == 1 ? "one sequence" : $"each of {report.Sequences} sequences")}.");
    }

    /// <summary>Bytes of layers' keys and values once all sequences are as long as the context.</summary>
    private static long KvByteCount(PlacingInput input, LayerRange layers, PlacementReport report) =>
        Placing.BlockByteCount(input.Cost, layers) * KvBlock.CountFor(report.ContextLength) * report.Sequences;

    private static PlacedShard Forced(ShardPlace shard, PlacingInput input, PlacementReport report) => new()
    {
        Node = shard.Node,
        Device = shard.Device,
        FirstLayer = shard.FirstLayer,
        EndLayer = shard.EndLayer,
        WeightByteCount = shard.ByteCount,
        KvByteCount = KvByteCount(input, new LayerRange(shard.FirstLayer, shard.EndLayer), report),
        FreeByteCount = 0,
        ComputeSeconds = 0,
        HopSeconds = 0,
    };
}
