using Exo.Engine.Models;
using Exo.Engine.Placement;

namespace Exo.Tests.Engine.Placement;

/// <summary>Models and machines in round figures.</summary>
internal static class Toys
{
    public const long Mega = 1_000_000, Giga = 1_000_000_000;

    /// <summary>Layers of one size; keys and values of 1,000 bytes a position.</summary>
    public static ModelCost Model(int layers, long layerBytes = 100 * Mega, long embeddingBytes = 50 * Mega, bool tied = false, int kvBytes = 1000) =>
        Model([.. Enumerable.Repeat(layerBytes, layers)], embeddingBytes, tied, kvBytes);

    public static ModelCost Model(IReadOnlyList<long> layerBytes, long embeddingBytes = 50 * Mega, bool tied = false, int kvBytes = 1000) => new()
    {
        Model = "toy",
        ContextLength = 8192,
        Layers = [.. layerBytes.Select(bytes => new LayerCost
        {
            WeightByteCount = bytes,
            KvByteCountPerPosition = kvBytes,
            OperationsPerToken = bytes,
            OperationsPerPosition = 4000,
        })],
        EmbeddingByteCount = embeddingBytes,
        HeadByteCount = embeddingBytes,
        TiedHead = tied,
        HeadOperationsPerToken = embeddingBytes,
        HiddenByteCount = 4 * 1024,
        ActivationByteCountPerToken = 1024,
        LogitByteCount = 4 * 1000,
    };

    /// <param name="name">The node's name.</param>
    /// <param name="free">Bytes.</param>
    /// <param name="gigabytesPerSecond">Read bandwidth; arithmetic is ten operations a byte.</param>
    public static PlacementNode Node(string name, long free, double gigabytesPerSecond, NodeRole role = NodeRole.Normal) => new()
    {
        Name = name,
        Role = role,
        Devices = [Device("cpu", free, gigabytesPerSecond)],
    };

    public static PlacementDevice Device(string name, long free, double gigabytesPerSecond) => new()
    {
        Name = name,
        FreeByteCount = free,
        ReadBytesPerSecond = gigabytesPerSecond * Giga,
        OperationsPerSecond = gigabytesPerSecond * 10 * Giga,
        ReadShare = 1,
        ArithmeticShare = 1,
    };

    /// <summary>All nodes with one line's speed between any two; the scheduler sits on the first.</summary>
    public static PlacementCluster Cluster(double milliseconds, params IReadOnlyList<PlacementNode> nodes) => new()
    {
        Nodes = nodes,
        Home = nodes[0].Name,
        Unmeasured = new LinkSpeed(TimeSpan.FromMilliseconds(milliseconds), 1e9),
    };

    /// <summary>A request with nothing left free and no tolerance: what is least is taken.</summary>
    public static PlacementRequest Request(int context = 1024) => new() { ContextLength = context, MarginShare = 0, Tolerance = 0 };

    public static PlacementPlan Plan(ModelCost model, PlacementCluster cluster, PlacementRequest? request = null)
    {
        var result = Planner.Plan(model, cluster, request ?? Request());
        Assert.True(result.Refusal is null, result.Refusal?.Sentence);
        return result.Plan!;
    }

    /// <summary>"a 0-16, b 16-32"</summary>
    public static string Text(PlacementPlan plan) => string.Join(", ", plan.Shards.Select(shard => $"{shard.Node} {shard.Layers.Start}-{shard.Layers.End}"));

    /// <summary>Every layer once, in order.</summary>
    public static void AssertWhole(PlacementPlan plan, int layers)
    {
        var at = 0;
        foreach (var shard in plan.Shards)
        {
            Assert.Equal(at, shard.Layers.Start);
            Assert.True(shard.Layers.Count > 0, $"{shard.Node} has no layer");
            Assert.True(shard.NeededByteCount <= shard.FreeByteCount - shard.MarginByteCount, $"{shard.Node} is overfilled");
            at = shard.Layers.End;
        }

        Assert.Equal(layers, at);
        Assert.Equal(plan.Shards.Count, plan.Shards.DistinctBy(shard => (shard.Node, shard.Device)).Count());
    }
}
