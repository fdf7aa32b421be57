using System.Collections.Immutable;
using Exo.Api;
using Exo.Engine.Backends;
using Exo.Engine.Models;
using Exo.Engine.Placement;
using Exo.Grains.Generation;
using Exo.Grains.Nodes;
using Exo.Hub;

namespace Exo.Grains.Models;

/// <summary>What a placement is made from.</summary>
internal sealed record PlacingInput
{
    public required string Model { get; init; }

    /// <summary>The commit; null for samples and paths, which every node has on its disk.</summary>
    public required string? Commit { get; init; }

    public required ModelCost Cost { get; init; }

    /// <summary>The format that <see cref="Cost"/> counts in memory; null: as the model is stored.</summary>
    public WeightQuantization? Quantization { get; init; }

    public required DeployOptions Options { get; init; }

    /// <summary>The nodes, each by itself.</summary>
    public required ImmutableArray<NodeFacts> Nodes { get; init; }

    /// <summary>The context that the model is to have: as asked, as before, or a usual one. Only the first is insisted on.</summary>
    public int WantedContext => Options.ContextLength ?? Math.Min(Cost.ContextLength, ContextBefore ?? PlacementRequest.UsualContext);

    public ImmutableArray<(string From, LinkFacts Link)> Links { get; init; } = [];

    /// <summary>The context of the deployment that this one is to replace: answers that go on may be as long. Null where there was none.</summary>
    public int? ContextBefore { get; init; }

    /// <summary>Nodes that get no layers, and why: they could not fetch theirs.</summary>
    public IReadOnlyDictionary<string, string> Without { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Other models whose memory is counted as free: they would make way.</summary>
    public IReadOnlySet<string> Leaving { get; init; } = ImmutableHashSet<string>.Empty;

    /// <summary>The nodes that may get layers.</summary>
    public IEnumerable<NodeFacts> Taking => Nodes.Where(node => node.Devices.Length > 0 && !Without.ContainsKey(node.Name));

    /// <summary>The plan that was in place, some of whose nodes are lost: what the others have loaded stays where it is as far as time allows.</summary>
    public PlacementPlan? Old { get; init; }
}

/// <summary>A deployment that could be made, its epoch 0, or why there is none.</summary>
/// <param name="Shortage">Why its context is shorter than <see cref="PlacingInput.WantedContext"/>; null where it isn't.</param>
internal sealed record Placed(Deployment? Deployment, PlacementPlan? Plan, PlacementRefusal? Refusal, PlacementRefusal? Shortage = null)
{
    /// <summary>It has all that it is to have.</summary>
    public bool IsWhole => Refusal is null && Shortage is null;
}

/// <summary>Turns what the nodes tell into what the planner asks, and its plan into a deployment. Pure.</summary>
internal static class Placing
{
    private const int LeastContext = 256;

    public static Placed Make(PlacingInput input)
    {
        if (input.Options.ContextLength > input.Cost.ContextLength)
            throw new ModelRefusedException(Api.ExoErrorKind.BadRequest, $"a context of {input.Options.ContextLength} tokens is asked for; {input.Model} was made for {input.Cost.ContextLength}");
        if (input.Options.ShardCount is { } count) return new Placed(EvenSplit.Make(input, count), null, null);

        var (result, shortage) = Best(input);
        return result.Plan is { } plan ? new Placed(ToDeployment(input, plan), plan, null, shortage) : new Placed(null, null, result.Refusal);
    }

    /// <summary>The context that the model would have once some others are gone, up to <see cref="PlacingInput.WantedContext"/>; 0 where it would still not fit.</summary>
    public static int ContextWithout(PlacingInput input, IReadOnlySet<string> leaving) => Best(input with { Leaving = leaving }).Result.Plan?.ContextLength ?? 0;

    /// <summary>Whether the model would have so much context once some others are gone.</summary>
    public static bool FitsWithout(PlacingInput input, IReadOnlySet<string> leaving, int context) => Plan(input with { Leaving = leaving }, context).Plan is not null;

    /// <summary>
    /// Places a model that is only to be on the disks: for the memory that it takes as it is stored where that fits, else for that of the largest format in which it fits. Whoever
    /// has it loaded says which one it is to be.
    /// </summary>
    /// <param name="input">With the cost of the model as it is stored.</param>
    /// <param name="costOf">The cost in a format; null where there is nothing to quantize in it.</param>
    /// <returns>What it was placed for, and where; the refusal is of the model as it is stored.</returns>
    public static (PlacingInput Input, Placed Placed) MakeForDisks(PlacingInput input, Func<WeightQuantization, ModelCost?> costOf)
    {
        var placed = Make(input);
        if (placed.Refusal is null) return (input, placed);
        foreach (var format in (ReadOnlySpan<WeightQuantization>)[WeightQuantization.Q8, WeightQuantization.Q4])
        {
            if (costOf(format) is not { } cost) break;
            var smaller = input with { Cost = cost, Quantization = format };
            if (Make(smaller) is { Refusal: null } fits) return (smaller, fits);
        }

        return (input, placed);
    }

    public static string HeldName(string model) => ModelReference.TryParse(model, out var reference) ? reference.RepositoryId + (reference.Variant is { } variant ? ":" + variant : "") : model;

    /// <summary>
    /// The plan with the context that is wanted; where nobody insists on it, else with the longest that fits. Nodes are chosen for a usual context, few
    /// answers are longer; a longer one gets a part of the memory that is left.
    /// </summary>
    private static (PlacementResult Result, PlacementRefusal? Shortage) Best(PlacingInput input)
    {
        var result = Plan(input, input.WantedContext);
        return result.Refusal is { LargestContextLength: >= LeastContext and var largest } shortage && input.Options.ContextLength is null ? (Plan(input, largest), shortage) : (result, null);
    }

    /// <summary>A plan that takes several nodes of one machine is made anew with a part of its memory for each.</summary>
    private static PlacementResult Plan(PlacingInput input, int context)
    {
        input = input with { Nodes = MachineRoom.Beside(MachineRoom.Without(input.Nodes, input.Leaving)) };
        var result = PlanWith([.. input.Taking], input, context);
        return result.Plan is { } plan && MachineRoom.IsShared(input.Nodes, plan.Shards.Select(shard => (shard.Node, shard.Device)))
            ? PlanWith(MachineRoom.Divided([.. input.Taking]), input, context)
            : result;
    }

    private static PlacementResult PlanWith(ImmutableArray<NodeFacts> nodes, PlacingInput input, int context)
    {
        var request = new PlacementRequest { ContextLength = context, Sequences = input.Options.FullSequences ?? 1, StepTokens = Math.Min(StepSize.MostTokens(input.Cost.HiddenByteCount), 512) };
        var cluster = new PlacementCluster
        {
            Nodes = [.. nodes.Select(node => ToNode(input, node))],
            Links = [.. input.Links.Select(link => new PlacementLink(link.From, link.Link.To, new LinkSpeed(link.Link.Latency, link.Link.BytesPerSecond)))],
        };
        if (cluster.Nodes.Count == 0) throw new ModelRefusedException(Api.ExoErrorKind.Unavailable, "no node of the cluster answers");

        if (input.Old is not { } old) return Planner.Plan(input.Cost, cluster, request);
        var lost = old.Shards.Select(shard => shard.Node).Where(node => cluster.Nodes.All(alive => alive.Name != node)).ToHashSet(StringComparer.Ordinal);
        return Planner.Replan(input.Cost, cluster, request, old, lost).Result;
    }

    private static PlacementNode ToNode(PlacingInput input, NodeFacts node)
    {
        var heldName = HeldName(input.Model);
        var onDisk = input.Commit is null
            ? HeldLayersOf([(0, input.Cost.Layers.Count)], input.Cost.Layers.Count)
            : HeldLayersOf(node.Held.Where(held => held.Model == heldName && held.Commit == input.Commit).Select(held => (held.FirstLayer, held.EndLayer)), input.Cost.Layers.Count);

        // What a running fetch of this model has reserved, it has reserved for the same bytes.
        var reserved = node.Fetches.Where(fetch => fetch.Order.Model == input.Model && fetch.Phase == FetchPhase.Running).Sum(fetch => fetch.BytesWanted - fetch.BytesDone);
        long? disk = input.Commit is null ? null : node.FreeDiskByteCount + reserved;
        return new PlacementNode { Name = node.Name, OnDisk = onDisk, FreeDiskByteCount = disk, Devices = [.. node.Devices.Select(device => ToDevice(input, node, device))] };
    }

    private static PlacementDevice ToDevice(PlacingInput input, NodeFacts node, DeviceFacts device)
    {
        var mine = node.Shards.Where(shard => shard.Model == input.Model && shard.Device == device.Name && shard.Phase is Shards.ShardPhase.Loading or Shards.ShardPhase.Ready).ToList();
        return new PlacementDevice
        {
            Name = device.Name,
            FreeByteCount = device.FreeByteCount + mine.Sum(shard => shard.WeightByteCount + shard.KvByteCount),
            ReadBytesPerSecond = device.BytesPerSecond,
            OperationsPerSecond = device.FlopsPerSecond,
            Resident = HeldLayersOf(mine.Select(shard => (shard.FirstLayer, shard.EndLayer)), input.Cost.Layers.Count),
        };
    }

    private static Engine.Placement.HeldLayers HeldLayersOf(IEnumerable<(int First, int End)> ranges, int layerCount)
    {
        var held = ranges.Where(range => range.End > range.First).ToList();
        return new()
        {
            Ranges = [.. held.Select(range => new LayerRange(range.First, range.End))],
            Embedding = held.Exists(range => range.First == 0),
            Head = held.Exists(range => range.End == layerCount),
        };
    }

    /// <summary>Keys and values get what the plan needs and half of what is left beyond it: other models come too.</summary>
    private static Deployment ToDeployment(PlacingInput input, PlacementPlan plan)
    {
        var blocks = long.MaxValue;
        foreach (var shard in plan.Shards)
        {
            var left = shard.FreeByteCount - shard.MarginByteCount - shard.NeededByteCount;
            blocks = Math.Min(blocks, (shard.KvByteCount + Math.Max(0, left) / 2) / BlockByteCount(input.Cost, shard.Layers));
        }

        var affordable = (int)Math.Min(blocks, int.MaxValue / KvBlock.TokenCount);
        var context = input.Options.ContextLength ?? Math.Max(plan.ContextLength, Math.Min(input.Cost.ContextLength, affordable / (input.Options.FullSequences ?? 1) * KvBlock.TokenCount));
        var needed = KvBlock.CountFor(context);
        var count = (int)Math.Max(needed, Math.Min((long)needed * input.Options.MaxSequences, affordable));
        return new Deployment
        {
            Model = input.Model,
            Epoch = 0,
            Commit = input.Commit,
            ContextLength = context,
            MaxSequences = input.Options.MaxSequences,
            Options = input.Options,
            KvBlockCount = count,
            Shards = [.. plan.Shards.Select(shard => new ShardPlace(
                shard.Node, shard.Device, shard.Layers.Start, shard.Layers.End, input.Options.Threads ?? 0, shard.WeightByteCount + count * BlockByteCount(input.Cost, shard.Layers)))],
        };
    }

    public static long BlockByteCount(ModelCost cost, LayerRange layers)
    {
        var bytes = 0L;
        for (var layer = layers.Start; layer < layers.End; layer++) bytes += cost.Layers[layer].KvByteCountPerPosition;
        return Math.Max(1, bytes * KvBlock.TokenCount);
    }
}
