using Exo.Engine.Placement;
using FsCheck;
using FsCheck.Fluent;

namespace Exo.Tests.Engine.Placement;

/// <summary>A model, machines and a request.</summary>
internal sealed record Problem(ModelCost Model, PlacementCluster Cluster, PlacementRequest Request)
{
    public override string ToString() =>
        $"layers [{string.Join(", ", Model.Layers.Select(layer => layer.WeightByteCount / Toys.Mega))}], ends {Model.EmbeddingByteCount / Toys.Mega}{(Model.TiedHead ? " tied" : "")}, "
        + $"nodes [{string.Join("; ", Cluster.Nodes.Select(node => $"{node.Name} {node.Role} {string.Join(" + ", node.Devices.Select(device => $"{device.FreeByteCount / Toys.Mega} at {device.ReadBytesPerSecond / Toys.Giga}"))}"))}], "
        + $"home {Cluster.Home}, links [{string.Join("; ", Cluster.Links.Select(link => $"{link.From}{link.To} {link.Speed.Latency.TotalMilliseconds}"))}], {Request}";
}

/// <summary>Small problems of every kind, few and coarse figures so that ties are common.</summary>
internal static class RandomProblems
{
    /// <param name="mostNodes">Nodes at most; one of three has two devices.</param>
    /// <param name="mostLayers">Layers at most.</param>
    /// <param name="objective">What is minimised.</param>
    /// <param name="held">Nodes may hold parts of the model.</param>
    public static Gen<Problem> Make(int mostNodes, int mostLayers, Objective objective = Objective.Latency, bool held = false, bool even = false) =>
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from nodes in Gen.Choose(1, mostNodes)
        from layers in Gen.Choose(1, mostLayers)
        select Make(new Random(seed), nodes, layers, objective, held, even);

    public static Problem Make(Random random, int nodes, int layers, Objective objective, bool held, bool even)
    {
        T Of<T>(params ReadOnlySpan<T> values) => values[random.Next(values.Length)];
        var tied = !held && random.Next(2) == 0;
        var bytes = Enumerable.Range(0, layers).Select(_ => even ? 100 * Toys.Mega : Of<long>(50, 100, 100, 170) * Toys.Mega).ToArray();
        var model = Toys.Model(bytes, Of<long>(10, 80, 300) * Toys.Mega, tied, Of(0, 1000, 20000));
        if (random.Next(3) == 0) model = model with { Layers = [.. model.Layers.Select(layer => layer with { ExpertByteCount = layer.WeightByteCount / 2, ExpertCount = 8, ActiveExpertCount = 2, SlidingWindow = Of<int?>(null, 256) })] };

        // Rooms from a third of the model upwards, so that all of fits, must be split and doesn't fit occur.
        var total = bytes.Sum() + 2 * model.EmbeddingByteCount;
        var machines = Enumerable.Range(0, nodes).Select(i => new PlacementNode
        {
            Name = ((char)('a' + i)).ToString(),
            Role = random.Next(8) == 0 ? NodeRole.Draining : NodeRole.Normal,
            Devices = [.. Enumerable.Range(0, random.Next(4) == 0 ? 2 : 1).Select(d => Toys.Device($"cpu{d}", (long)(total * Of(0.1, 0.35, 0.5, 0.7, 1.2)), Of(5, 10, 10, 20, 50)) with
            {
                StepOverhead = TimeSpan.FromMicroseconds(Of(0, 50)),
                Resident = held && random.Next(2) == 0 ? Held(random, layers) : null,
            })],
            OnDisk = held && random.Next(2) == 0 ? Held(random, layers) : HeldLayers.None,
        }).ToArray();
        var links = machines.SelectMany(from => machines.Where(to => to != from && random.Next(4) > 0)
            .Select(to => new PlacementLink(from.Name, to.Name, new LinkSpeed(TimeSpan.FromMilliseconds(Of(0.1, 0.5, 1, 5, 20)), Of(1e8, 1e9)))));
        return new Problem(model, new PlacementCluster { Nodes = machines, Links = [.. links], Home = Of([.. machines.Select(node => node.Name), "elsewhere", null, null]) }, new PlacementRequest
        {
            ContextLength = Of(1, 512, 4096),
            Sequences = objective == Objective.Latency ? Of(1, 1, 4) : Of(1, 2, 3, 8),
            Objective = objective,
            MarginShare = 0,
            Tolerance = 0,
            PromptLength = Of(1, 300, 512, 2000),
            StepTokens = Of(64, 512),
        });
    }

    private static HeldLayers Held(Random random, int layers)
    {
        var start = random.Next(layers);
        return new HeldLayers { Ranges = [new(start, random.Next(start, layers) + 1)], Embedding = random.Next(2) == 0, Head = random.Next(2) == 0 };
    }
}
