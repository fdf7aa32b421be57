using System.Collections.Immutable;
using Exo.Grains.Nodes;

namespace Exo.Grains.Models;

/// <summary>One order to a node.</summary>
/// <param name="Order">What it is to have on its disk.</param>
/// <param name="After">The order begins when this node has all of its own; null: at once.</param>
internal sealed record FetchStep(FetchOrder Order, string? After = null);

/// <summary>A node and what it is to fetch, one order after the other.</summary>
internal sealed record NodeFetchPlan(string Node, ImmutableArray<FetchStep> Steps);

/// <summary>
/// Says who fetches what, so that the origin is asked once for each byte: each range of bytes has one node that gets it from the origin, and whoever
/// needs it too has it from there afterwards. Layers belong to one shard; configuration, tokenizer and headers are on the node that planned; a head that
/// is the embedding belongs to the first shard's node and goes to the last's when that has it. A pure function.
/// </summary>
internal static class FetchPlan
{
    /// <param name="deployment">What is to run where.</param>
    /// <param name="goal">What is wanted of it.</param>
    /// <param name="layerCount">The model's layers.</param>
    /// <param name="tiedHead">The head is the embedding.</param>
    /// <param name="mirrors">The nodes' mirrors, of those that have one.</param>
    /// <param name="planning">The node that planned: it has the headers.</param>
    /// <param name="holders">The nodes that have layers of the model on their disks.</param>
    public static ImmutableArray<NodeFetchPlan> Make(
        Deployment deployment, ModelGoal goal, int layerCount, bool tiedHead, IReadOnlyDictionary<string, Uri> mirrors, string planning, IReadOnlyCollection<string> holders)
    {
        var taking = deployment.Shards.Select(shard => shard.Node).Distinct(StringComparer.Ordinal).ToList();

        // One node that takes all of what nobody has fetches the model whole; the node that planned, itself perhaps, has the headers in a store of slices.
        var first = deployment.Shards[0].Node;
        var isWhole = taking.Count == 1 && !holders.Any(holder => holder != first && mirrors.ContainsKey(holder));
        IEnumerable<string> sources = isWhole ? [planning] : holders.Append(planning).Union(taking, StringComparer.Ordinal);
        return [.. taking.Select(node =>
        {
            var peers = sources.Where(source => (isWhole || source != node) && mirrors.ContainsKey(source)).Select(source => mirrors[source]).ToImmutableArray();
            var steps = ImmutableArray.CreateBuilder<FetchStep>();
            var borrowsHead = false;
            foreach (var range in Ranges(deployment, node))
            {
                var borrows = tiedHead && node != first && range.End == layerCount && mirrors.ContainsKey(first);
                borrowsHead |= borrows;
                steps.Add(new FetchStep(new FetchOrder(deployment.Model, deployment.Commit, range.Start, range.End, peers, !borrows, deployment, goal, isWhole)));
            }

            if (borrowsHead) steps.Add(new FetchStep(steps[^1].Order with { WithHead = true }, After: first));
            return new NodeFetchPlan(node, steps.ToImmutable());
        })];
    }

    /// <summary>A node's shards, those that follow each other as one range.</summary>
    private static List<(int Start, int End)> Ranges(Deployment deployment, string node)
    {
        var ranges = new List<(int Start, int End)>();
        foreach (var shard in deployment.Shards.Where(shard => shard.Node == node))
        {
            if (ranges.Count > 0 && ranges[^1].End == shard.FirstLayer) ranges[^1] = (ranges[^1].Start, shard.EndLayer);
            else ranges.Add((shard.FirstLayer, shard.EndLayer));
        }

        return ranges;
    }
}
