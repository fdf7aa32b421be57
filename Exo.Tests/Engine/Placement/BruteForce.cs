using Exo.Engine.Models;
using Exo.Engine.Placement;

namespace Exo.Tests.Engine.Placement;

/// <summary>Every chain and every cut of it, summed up from the records alone: what the planner is held against.</summary>
internal sealed class BruteForce(ModelCost model, PlacementCluster cluster, PlacementRequest request)
{
    private readonly (PlacementNode Node, PlacementDevice Device)[] _devices =
        [.. cluster.Nodes.Where(node => node.Role != NodeRole.Draining).SelectMany(node => node.Devices.Select(device => (node, device)))];

    /// <summary>One possible plan.</summary>
    public sealed record Candidate(IReadOnlyList<(PlacementNode Node, PlacementDevice Device, LayerRange Layers)> Shards, double Time, double FirstToken, long Moved);

    public IReadOnlyList<Candidate> All()
    {
        var found = new List<Candidate>();
        Extend([], 0, found);
        return found;
    }

    private int Context => request.ContextLength ?? model.ContextLength;

    private void Extend(List<(PlacementNode Node, PlacementDevice Device, LayerRange Layers)> shards, int at, List<Candidate> found)
    {
        if (at == model.Layers.Count)
        {
            found.Add(new Candidate([.. shards], Time(shards), FirstToken(shards), shards.Sum(Moved)));
            return;
        }

        foreach (var (node, device) in _devices)
        {
            if (shards.Any(shard => shard.Node == node && shard.Device == device)) continue;
            for (var to = at + 1; to <= model.Layers.Count; to++)
            {
                var layers = new LayerRange(at, to);
                if (Need(layers) > device.FreeByteCount - (long)(device.FreeByteCount * request.MarginShare)) continue;
                shards.Add((node, device, layers));
                Extend(shards, to, found);
                shards.RemoveAt(shards.Count - 1);
            }
        }
    }

    private long Need(LayerRange layers)
    {
        var sum = model.WeightBytesOf(layers) + model.ActivationByteCountPerToken * request.StepTokens;
        for (var i = layers.Start; i < layers.End; i++) sum += request.Sequences * model.Layers[i].KvByteCount(Context);
        return sum + (layers.End == model.Layers.Count ? model.LogitByteCount * Math.Min(request.Sequences, 16) : 0);
    }

    private double Time(IReadOnlyList<(PlacementNode Node, PlacementDevice Device, LayerRange Layers)> shards)
    {
        if (request.Objective == Objective.Latency) return Round(shards, 1).RoundTrip;
        var batches = Math.Min(shards.Count, request.Sequences);
        var (roundTrip, slowest) = Round(shards, (request.Sequences + batches - 1) / batches);
        return Math.Max(roundTrip, batches * slowest) / request.Sequences;
    }

    private (double RoundTrip, double Slowest) Round(IReadOnlyList<(PlacementNode Node, PlacementDevice Device, LayerRange Layers)> shards, int size)
    {
        var (sum, slowest) = (Line(Home(shards), shards[0].Node.Name).Seconds(64 * size) + Line(shards[^1].Node.Name, Home(shards)).Seconds(64 * size), 0.0);
        for (var i = 0; i < shards.Count; i++)
        {
            var stage = Stage(shards[i].Device, shards[i].Layers, size, size, Context, head: true);
            (sum, slowest) = (sum + stage, Math.Max(slowest, stage));
            if (i == 0) continue;
            var line = Line(shards[i - 1].Node.Name, shards[i].Node.Name);
            sum += line.Seconds(model.HiddenByteCount * size);
            slowest = Math.Max(slowest, model.HiddenByteCount * size / line.BytesPerSecond);
        }

        return (sum, slowest);
    }

    private double Stage(PlacementDevice device, LayerRange layers, int tokens, int sequences, int context, bool head)
    {
        var (read, arithmetic) = (device.ReadBytesPerSecond * device.ReadShare, device.OperationsPerSecond * device.ArithmeticShare);
        var sum = device.StepOverhead.TotalSeconds;
        for (var i = layers.Start; i < layers.End; i++)
        {
            var layer = model.Layers[i];
            sum += Math.Max(layer.ReadByteCount(tokens) / read, tokens * layer.Operations(context) / arithmetic) + sequences * layer.KvReadByteCount(context) / read;
        }

        return sum + (head && layers.End == model.Layers.Count ? Math.Max(model.HeadByteCount / read, sequences * model.HeadOperationsPerToken / arithmetic) : 0);
    }

    private double FirstToken(IReadOnlyList<(PlacementNode Node, PlacementDevice Device, LayerRange Layers)> shards)
    {
        var (free, done) = (new double[shards.Count], 0.0);
        for (var left = request.PromptLength; left > 0; left -= request.StepTokens)
        {
            var tokens = Math.Min(left, request.StepTokens);
            done = Line(Home(shards), shards[0].Node.Name).Seconds(64 * tokens);
            for (var i = 0; i < shards.Count; i++)
            {
                if (i > 0) done += Line(shards[i - 1].Node.Name, shards[i].Node.Name).Seconds(model.HiddenByteCount * tokens);
                done = free[i] = Math.Max(done, free[i]) + Stage(shards[i].Device, shards[i].Layers, tokens, 1, Math.Max(1, request.PromptLength / 2), head: left <= request.StepTokens);
            }
        }

        return done + Line(shards[^1].Node.Name, Home(shards)).Seconds(64);
    }

    private long Moved((PlacementNode Node, PlacementDevice Device, LayerRange Layers) shard)
    {
        var sum = 0L;
        for (var i = shard.Layers.Start; i < shard.Layers.End; i++)
        {
            var (resident, bytes) = (Loaded(shard.Device).Contains(i), model.Layers[i].WeightByteCount);
            if (!resident) sum += bytes;
            if (!shard.Node.OnDisk.Contains(i) && !shard.Node.Devices.Any(device => Loaded(device).Contains(i))) sum += bytes;
        }

        // Both ends count as layers do; toys whose ends matter here are not tied.
        if (shard.Layers.Start == 0) sum += Ends(model.EmbeddingByteCount, held => held.Embedding);
        return sum + (shard.Layers.End == model.Layers.Count ? Ends(model.HeadByteCount, held => held.Head) : 0);

        long Ends(long bytes, Func<HeldLayers, bool> has) =>
            (has(Loaded(shard.Device)) ? 0 : bytes) + (has(shard.Node.OnDisk) || shard.Node.Devices.Any(device => has(Loaded(device))) ? 0 : bytes);
    }

    private static HeldLayers Loaded(PlacementDevice device) => device.Resident ?? HeldLayers.None;

    /// <summary>Where nothing is said the scheduler sits with the first shard.</summary>
    private string Home(IReadOnlyList<(PlacementNode Node, PlacementDevice Device, LayerRange Layers)> shards) => cluster.Home ?? shards[0].Node.Name;

    private LinkSpeed Line(string from, string to) =>
        from == to ? cluster.WithinNode : cluster.Links.LastOrDefault(link => link.From == from && link.To == to)?.Speed ?? cluster.Unmeasured;
}
