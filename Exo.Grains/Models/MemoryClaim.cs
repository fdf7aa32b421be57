using Exo.Engine.Placement;
using Microsoft.Extensions.Logging;

namespace Exo.Grains.Models;

/// <summary>
/// Plans a model, having models that nobody uses make way where there is no room for it, or for the context that it is to have: the fewest that help,
/// those first that were not used for longest, and none in vain.
/// </summary>
internal sealed partial class MemoryClaim(string model, IGrainFactory grains, NodeCalls nodes, ILogger logger)
{
    /// <param name="plan">Plans with the nodes as they are, from a plan that was in place.</param>
    /// <param name="old">That plan.</param>
    /// <param name="goal">What is only to be on the disks takes nobody's memory.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ModelRefusedException">It doesn't fit, also without all that could make way; the message does the sum.</exception>
    public async Task<PlannedModel> PlanAsync(Func<PlacementPlan?, Task<PlannedModel>> plan, PlacementPlan? old, ModelGoal goal, CancellationToken cancellationToken)
    {
        var asked = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var planned = await plan(old);
            if (!planned.Placed.IsWhole && old is not null)
            {
                old = null; // Where the survivors' ranges can't stay as they are, everything is open again.
                continue;
            }

            if (goal != ModelGoal.Deployed) return planned.Placed.Refusal is { } refusal ? throw new ModelRefusedException(Api.ExoErrorKind.OutOfMemory, refusal.Sentence) : planned;
            var leaving = await ChooseAsync(planned, asked, cancellationToken);
            if (leaving.Count == 0) return planned;
            await FreeAsync(leaving, asked, cancellationToken);
        }
    }

    /// <summary>Whom a plan would have make way; frees nothing.</summary>
    /// <exception cref="ModelRefusedException">It doesn't fit, also without all that could make way; the message does the sum.</exception>
    public Task<IReadOnlyList<ModelUse>> ChooseAsync(PlannedModel planned, CancellationToken cancellationToken) => ChooseAsync(planned, new HashSet<string>(), cancellationToken);

    /// <param name="planned">The plan with the nodes as they are.</param>
    /// <param name="asked">Who was asked already: whatever they said, they are not asked a second time.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task<IReadOnlyList<ModelUse>> ChooseAsync(PlannedModel planned, HashSet<string> asked, CancellationToken cancellationToken)
    {
        if (planned.Placed.IsWhole) return [];
        var others = planned.Nodes.SelectMany(node => node.Shards).Select(shard => shard.Model).Where(other => other != model).ToHashSet(StringComparer.Ordinal);
        var uses = await Task.WhenAll(others.Where(other => !asked.Contains(other)).Select(other => UseAsync(other, cancellationToken)));

        // Searching plans takes a while: not on the grain's scheduler.
        return await Task.Run(
            () =>
            {
                var leaving = Choose(planned.Input, [.. uses.OfType<ModelUse>()]);
                return leaving.Count > 0 || planned.Placed.Refusal is not { } refusal ? leaving : throw Refused(planned.Input, others, refusal);
            },
            cancellationToken);
    }

    /// <summary>As much of the context that is wanted is made room for as there could be. Pure.</summary>
    internal static IReadOnlyList<ModelUse> Choose(PlacingInput input, IReadOnlyList<ModelUse> others)
    {
        var context = Placing.ContextWithout(input, UnloadChoice.Names(UnloadChoice.Idle(others)));
        return context == 0 ? [] : UnloadChoice.Fewest(others, leaving => Placing.FitsWithout(input, leaving, context));
    }

    /// <summary>Memory that models hold who don't make way now is to be had later. Pure.</summary>
    internal static ModelRefusedException Refused(PlacingInput input, IReadOnlySet<string> others, PlacementRefusal refusal) => Placing.ContextWithout(input, others) > 0
        ? new(Api.ExoErrorKind.Busy, $"{input.Model} finds no room beside {string.Join(", ", others.Order(StringComparer.Ordinal))}, in use at present: try again when their answers have ended. {refusal.Sentence}")
        : new(Api.ExoErrorKind.OutOfMemory, refusal.Sentence);

    /// <summary>Has models make way; who doesn't any more, because somebody asked it meanwhile, is most likely the one used last.</summary>
    private async Task FreeAsync(IReadOnlyList<ModelUse> leaving, HashSet<string> asked, CancellationToken cancellationToken)
    {
        foreach (var other in leaving.OrderByDescending(other => other.LastUsed))
        {
            asked.Add(other.Model);
            if (!await nodes.TryAsync(() => grains.GetGrain<IModelGrain>(other.Model).GiveWayAsync(other.LastUsed, cancellationToken), false, cancellationToken)) return; // Then others may have to.
            LogGaveWay(other.Model, model);
        }
    }

    private Task<ModelUse?> UseAsync(string other, CancellationToken cancellationToken) =>
        nodes.TryAsync<ModelUse?>(async () => await grains.GetGrain<IModelGrain>(other).GetUseAsync(cancellationToken), null, cancellationToken);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Other} was unloaded to make room for {Model}")]
    private partial void LogGaveWay(string other, string model);
}
