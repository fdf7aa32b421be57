using Exo.Engine.Placement;

namespace Exo.Api.Local;

/// <summary>Where a model goes when there is one machine: on it, or nowhere. The sums are the planner's.</summary>
internal static class LocalPlacement
{
    /// <param name="model">What is to be placed.</param>
    /// <param name="request">The context and sequences asked for.</param>
    /// <param name="node">The machine, its devices measured.</param>
    /// <param name="operationsPerSecond">What its cores compute, measured.</param>
    /// <exception cref="ExoException">The request asks for what no plan could give: a context longer than the model's.</exception>
    public static PlacementReport Plan(ModelCost model, PlaceRequest request, NodeState node, double operationsPerSecond)
    {
        var asked = new PlacementRequest { ContextLength = request.ContextLength, Sequences = request.Sequences ?? 1 };
        var result = Planned(model, Cluster(model, node, operationsPerSecond), asked);
        var report = new PlacementReport
        {
            Model = request.Model,
            ContextLength = result.Plan?.ContextLength ?? result.Refusal!.ContextLength,
            Sequences = asked.Sequences,
            LayerCount = model.Layers.Count,
            WeightByteCount = model.WeightByteCount,
            KvByteCount = result.Plan?.Shards.Sum(shard => shard.KvByteCount) ?? result.Refusal!.KvByteCount,
        };
        return result.Plan is { } plan ? Report(report, plan) : report with { Refusal = result.Refusal!.Sentence };
    }

    private static PlacementResult Planned(ModelCost model, PlacementCluster cluster, PlacementRequest request)
    {
        try
        {
            return Planner.Plan(model, cluster, request);
        }
        catch (ArgumentException refused)
        {
            throw new ExoException(ExoErrorKind.BadRequest, Failures.WithoutParameter(refused), refused);
        }
    }

    private static PlacementReport Report(PlacementReport report, PlacementPlan plan) => report with
    {
        SecondsPerToken = plan.TimePerToken.TotalSeconds,
        Reasons = plan.Reasons,
        LeftOut = [.. plan.LeftOut.Select(left => new NodeLeftOut(left.Node, left.Sentence))],
        Shards = [.. plan.Shards.Select(shard => new PlacedShard
        {
            Node = shard.Node,
            Device = shard.Device,
            FirstLayer = shard.Layers.Start,
            EndLayer = shard.Layers.End,
            WeightByteCount = shard.WeightByteCount,
            KvByteCount = shard.KvByteCount,
            FreeByteCount = shard.FreeByteCount,
            ComputeSeconds = shard.TimePerToken.TotalSeconds,
            HopSeconds = 0,
        })],
    };

    private static PlacementCluster Cluster(ModelCost model, NodeState node, double operationsPerSecond) => new()
    {
        Home = node.Name,
        Nodes =
        [
            new PlacementNode
            {
                Name = node.Name,
                OnDisk = HeldLayers.All(model.Layers.Count),
                Devices = [.. node.Devices.Select(device => new PlacementDevice
                {
                    Name = device.Name,
                    FreeByteCount = device.FreeByteCount,
                    ReadBytesPerSecond = device.ReadBytesPerSecond!.Value,
                    OperationsPerSecond = operationsPerSecond,
                })],
            },
        ],
    };
}
