using System.Globalization;

namespace Exo.Engine.Placement;

/// <summary>A plan in sentences.</summary>
internal static class PlanReasons
{
    public static IReadOnlyList<string> Of(PlacementPlan plan)
    {
        var sentences = new List<string> { Headline(plan) };
        sentences.AddRange(plan.Shards.Select((shard, i) => Of(plan, shard, i)));
        sentences.Add(Whole(plan));
        if (plan.ContextLength != plan.TimedContextLength) sentences.Add($"There is room for a context of {Figures.Count(plan.ContextLength)} in {(plan.Sequences == 1 ? "one sequence" : $"each of {plan.Sequences} sequences")}.");
        sentences.AddRange(plan.LeftOut.Select(left => left.Sentence));
        return sentences;
    }

    private static string Headline(PlacementPlan plan)
    {
        var fastestAlone = plan.Alone.FirstOrDefault(estimate => estimate.TimePerToken is not null);
        if (plan.Shards.Count == 1) return $"{plan.Shards[0].Node} alone runs all of {plan.Model}: no split is faster.";
        if (fastestAlone is null)
        {
            var nearest = plan.Alone[0];
            return $"No device holds {plan.Model} alone: {nearest.Node}/{nearest.Device} comes nearest and lacks {(nearest.LackingByteCount > 0 ? Figures.Bytes(nearest.LackingByteCount) : "disk for it")}. It is split over {plan.Shards.Count}.";
        }

        var gain = plan.Objective == Objective.Latency
            ? $"{Figures.Seconds(fastestAlone.TimePerToken!.Value.TotalSeconds)} a token, this {Figures.Seconds(plan.TimePerToken.TotalSeconds)}"
            : "fewer tokens a second over all sequences";
        return $"A split over {plan.Shards.Count} devices is faster than any alone: {fastestAlone.Node}/{fastestAlone.Device} would take {gain}.";
    }

    private static string Of(PlacementPlan plan, ShardPlacement shard, int index)
    {
        var layers = Figures.Layers(shard.Layers.Start, shard.Layers.End) + (index == 0 ? ", the embedding" : "") + (index == plan.Shards.Count - 1 ? ", the head" : "");
        var hop = index == plan.Shards.Count - 1 ? "" : $", then {Figures.Seconds(shard.HopToNext.TotalSeconds)} to {plan.Shards[index + 1].Node}";
        var fetch = shard.FetchByteCount == 0 ? "nothing to fetch" : $"{Figures.Bytes(shard.FetchByteCount)} to fetch";
        return $"{shard.Node}/{shard.Device} holds {layers}: {Figures.Bytes(shard.WeightByteCount)} of weights, {Figures.Bytes(shard.KvByteCount)} of keys and values and "
            + $"{Figures.Bytes(shard.ActivationByteCount)} of buffers in {Figures.Bytes(shard.FreeByteCount - shard.MarginByteCount)}; {Figures.Bytes(shard.ReadByteCountPerToken)} a token at "
            + $"{Figures.Bytes(shard.ReadBytesPerSecond)}/s are {Figures.Seconds(shard.TimePerToken.TotalSeconds)}{hop}; {fetch}.";
    }

    private static string Whole(PlacementPlan plan)
    {
        var hops = plan.EntryHop + plan.ReturnHop + plan.Shards.Aggregate(TimeSpan.Zero, (sum, shard) => sum + shard.HopToNext);
        var rate = (1 / plan.TimePerToken.TotalSeconds).ToString("0.0", CultureInfo.InvariantCulture);
        var all = plan.Sequences == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({plan.TokensPerSecond:0.0} over {plan.Sequences} sequences)");
        return $"Together {Figures.Seconds(plan.TimePerToken.TotalSeconds)} a token at a context of {Figures.Count(plan.TimedContextLength)}, {Figures.Seconds(hops.TotalSeconds)} of it hops: {rate} tokens/s{all}; "
            + $"{Figures.Seconds(plan.TimeToFirstToken.TotalSeconds)} to the first token of a prompt of {Figures.Count(plan.PromptLength)}.";
    }
}
