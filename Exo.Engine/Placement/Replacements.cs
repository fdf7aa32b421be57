using Exo.Engine.Models;

namespace Exo.Engine.Placement;

/// <summary>Plans anew after nodes were lost, and says what becomes of the survivors' layers.</summary>
internal static class Replacements
{
    /// <inheritdoc cref="Planner.Replan"/>
    public static Replacement Plan(ModelCost model, PlacementCluster cluster, PlacementRequest request, PlacementPlan old, IReadOnlyCollection<string> dead, double tolerance)
    {
        if (!(tolerance is >= 0 and <= 10)) throw new ArgumentException($"A tolerance of {tolerance} is asked for; it must be between 0 and 10.", nameof(tolerance));
        var living = cluster with { Nodes = [.. cluster.Nodes.Where(node => !dead.Contains(node.Name)).Select(node => WithResident(node, old, model.Layers.Count))] };
        RequestChecks.Check(model, living, request);
        var problem = new PlacementProblem(model, living, request, request.ContextLength ?? old.ContextLength);
        var run = PlacementRun.Of(problem, new Preference(tolerance, MovedFirst: true), [.. Repairs(problem, old)], old.ContextLength);
        if (run.Chosen is not { } chosen) return new Replacement { Result = run.Result, Changes = [] };
        return new Replacement
        {
            Result = run.Result,
            Changes = Changes(problem, chosen.Chain, old),
            FastestTimePerToken = TimeSpan.FromSeconds(run.FastestTrip),
            FastestLoadByteCount = run.Fastest!.Load,
        };
    }

    private static PlacementNode WithResident(PlacementNode node, PlacementPlan old, int layerCount) => node with
    {
        Devices =
        [
            .. node.Devices.Select(device => device.Resident is null && OldRange(old, node.Name, device.Name) is { } range
                ? device with { Resident = HeldLayers.Of(range, layerCount) }
                : device),
        ],
    };

    private static LayerRange? OldRange(PlacementPlan old, string node, string device) =>
        old.Shards.FirstOrDefault(shard => shard.Node == node && shard.Device == device)?.Layers;

    /// <summary>The old chain with the lost seats left out, and with each other seat in the place of the first one lost.</summary>
    private static IEnumerable<int[]> Repairs(PlacementProblem problem, PlacementPlan old)
    {
        var numbers = old.Shards.Select(shard => problem.SeatOf(shard.Node, shard.Device)).ToArray();
        var kept = numbers.Where(seat => seat >= 0).ToArray();
        if (kept.Length > 0) yield return kept;
        var lost = Array.IndexOf(numbers, -1);
        if (lost < 0) yield break;
        for (var spare = 0; spare < problem.Seats.Count; spare++)
            if (!kept.Contains(spare)) yield return [.. numbers[..lost], spare, .. numbers[lost..].Where(seat => seat >= 0)];
    }

    private static List<ShardChange> Changes(PlacementProblem problem, Chain chain, PlacementPlan old)
    {
        var held = problem.Holdings;
        var changes = new List<ShardChange>();
        for (var shard = 0; shard < chain.Count; shard++)
        {
            var (number, layers) = (chain.Seats[shard], new LayerRange(chain.StartOf(shard), chain.Ends[shard]));
            var seat = problem.Seats[number];
            changes.Add(new ShardChange
            {
                Node = seat.Node.Name,
                Device = seat.Device.Name,
                Before = OldRange(old, seat.Node.Name, seat.Device.Name),
                After = layers,
                Kept = held.Kept(number, layers),
                Missing = held.ToLoad(number, layers),
                ToFetch = held.ToFetch(number, layers),
                MissesEmbedding = layers.IsFirst && held.LoadsEmbedding(number),
                MissesHead = layers.End == problem.LayerCount && held.LoadsHead(number),
                LoadByteCount = held.Load(number, layers.Start, layers.End),
                FetchByteCount = held.Fetch(number, layers.Start, layers.End),
            });
        }

        return changes;
    }
}
