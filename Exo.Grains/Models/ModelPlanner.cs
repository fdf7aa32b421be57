using System.Collections.Immutable;
using Exo.Api.Local;
using Exo.Engine.Placement;
using Exo.Grains.Nodes;

namespace Exo.Grains.Models;

/// <summary>A model that could be placed: what its nodes are, what it is made of, and where it goes.</summary>
internal sealed record PlannedModel(PlacingInput Input, Placed Placed, ImmutableArray<NodeFacts> Nodes);

/// <summary>Gathers what a placement is made from and makes it: the nodes' facts and links, the model's headers. Moves nothing else.</summary>
internal sealed class ModelPlanner(string model, string here, NodeCalls nodes, NodeStore store, OpenModels models)
{
    /// <summary>The node that plans, on whose disk the model's headers are then.</summary>
    public string Here => here;

    /// <summary>The nodes that could be planned with.</summary>
    public ImmutableArray<string> Nodes => nodes.Active;

    /// <param name="options">What is asked for.</param>
    /// <param name="goal">What for: a model that is only to be fetched may be too large to run as it is stored.</param>
    /// <param name="newest">The hub is asked what it has now.</param>
    /// <param name="old">The plan that was in place.</param>
    /// <param name="before">The deployment that was in place.</param>
    /// <param name="without">Nodes that get no layers, and why.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ModelRefusedException">There is no such model, or it can't be had.</exception>
    public async Task<PlannedModel> PlanAsync(DeployOptions options, ModelGoal goal, bool newest, PlacementPlan? old, Deployment? before, IReadOnlyDictionary<string, string> without, CancellationToken cancellationToken)
    {
        var facts = await nodes.FactsAsync(cancellationToken);

        // What runs already was let in when its largest machine may still have been here.
        if (before is null && facts.Any(node => node.Cores > 0) && Asked.Threads(options.Threads, facts.Max(node => node.Cores)) is { } refusal)
            throw new ModelRefusedException(Api.ExoErrorKind.BadRequest, refusal);
        var links = await nodes.LinksAsync([.. facts.Select(node => node.Name)], cancellationToken);
        var prepared = await store.PrepareAsync(model, newest ? null : CommitOnNodes(facts), newest, [.. facts.Select(node => node.Mirror).OfType<Uri>()], cancellationToken);

        // Reading headers and searching plans takes a while: not on the grain's scheduler.
        var (input, placed) = await Task.Run(() =>
        {
            var files = models.Open(prepared.Path);
            var cost = Refusals.Told(() => Quantizations.CostOf(files, options.Quantization) with { Model = model });
            var input = new PlacingInput { Model = model, Commit = prepared.Commit, Cost = cost, Quantization = options.Quantization, Options = options, Nodes = facts, Links = links, Old = old, ContextBefore = before?.ContextLength, Without = without };
            if (goal != ModelGoal.Fetched) return (input, Placing.Make(input));

            // What is only to be on the disks is placed beside the models that are in memory, or else as if none were.
            var beside = ForDisks(input);
            return beside.Placed.Refusal is null ? beside : ForDisks(input with { Leaving = facts.SelectMany(node => node.Shards).Select(shard => shard.Model).Where(other => other != model).ToHashSet(StringComparer.Ordinal) });

            (PlacingInput Input, Placed Placed) ForDisks(PlacingInput input) => options.Quantization is null
                ? Placing.MakeForDisks(input, format => Quantizations.CanQuantize(files, format) ? Quantizations.CostOf(files, format) with { Model = model } : null)
                : (input, Placing.Make(input));
        }, cancellationToken);
        return new PlannedModel(input, placed, facts);
    }

    /// <summary>A node holds to its own promises as it loads. Others of its machine may have made theirs since the plan: who comes first has the room.</summary>
    /// <param name="deployment">Is about to be loaded.</param>
    /// <param name="planned">The nodes when it was planned.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RoomTakenException">The machine has no room for it any more.</exception>
    public async Task CheckRoomAsync(Deployment deployment, ImmutableArray<NodeFacts> planned, CancellationToken cancellationToken)
    {
        if (!MachineRoom.IsShared(planned, planned.SelectMany(node => node.Devices, (node, device) => (node.Name, device.Name)))) return;
        if (MachineRoom.Lack(deployment, await nodes.FactsAsync(cancellationToken)) is { } lack) throw new RoomTakenException(lack);
    }

    /// <summary>The commit of which the nodes hold most layers; null where they hold none, or another name's.</summary>
    private string? CommitOnNodes(ImmutableArray<NodeFacts> facts)
    {
        var name = Placing.HeldName(model);
        return facts.SelectMany(node => node.Held).Where(held => held.Model == name && held.Commit is not null)
            .GroupBy(held => held.Commit).OrderByDescending(held => held.Sum(layers => layers.EndLayer - layers.FirstLayer)).ThenBy(held => held.Key, StringComparer.Ordinal).FirstOrDefault()?.Key;
    }
}
