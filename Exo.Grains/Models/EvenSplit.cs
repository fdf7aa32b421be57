using Exo.Engine.Backends;
using Exo.Engine.Models;

namespace Exo.Grains.Models;

/// <summary>A model in a given number of equal parts, whatever the planner thinks best. For trials: it asks about nobody's memory.</summary>
internal static class EvenSplit
{
    public static Deployment Make(PlacingInput input, int shardCount)
    {
        var layerCount = input.Cost.Layers.Count;
        if (shardCount < 1 || shardCount > layerCount)
            throw new ModelRefusedException(Api.ExoErrorKind.BadRequest, $"{input.Model} has {layerCount} layers: it can be split into 1 to {layerCount} shards, not {shardCount}");
        var nodes = input.Taking.OrderBy(node => node.Name, StringComparer.Ordinal).ToList();
        if (nodes.Count == 0) throw new ModelRefusedException(Api.ExoErrorKind.Unavailable, "no node of the cluster answers");
        var context = input.WantedContext;
        var blocks = KvBlock.CountFor(context) * input.Options.MaxSequences;
        return new Deployment
        {
            Model = input.Model,
            Epoch = 0,
            Commit = input.Commit,
            ContextLength = context,
            MaxSequences = input.Options.MaxSequences,
            Options = input.Options,
            KvBlockCount = blocks,
            Shards = [.. Enumerable.Range(0, shardCount).Select(i =>
            {
                var layers = new LayerRange(layerCount * i / shardCount, layerCount * (i + 1) / shardCount);
                var node = nodes[shardCount <= nodes.Count ? i : i * nodes.Count / shardCount];
                return new ShardPlace(
                    node.Name, node.Devices[0].Name, layers.Start, layers.End, input.Options.Threads ?? 0,
                    input.Cost.WeightBytesOf(layers) + blocks * Placing.BlockByteCount(input.Cost, layers));
            })],
        };
    }
}
