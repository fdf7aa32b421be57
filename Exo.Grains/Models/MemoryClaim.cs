using Exo.Engine.Placement;
using Microsoft.Extensions.Logging;

namespace Exo.Grains.Models;

/// <summary>Plans a model, having models that nobody uses make way where there is no room: the one that was not used for longest first.</summary>
internal sealed partial class MemoryClaim(string model, IGrainFactory grains, NodeCalls nodes, ILogger logger)
{
    /// <exception cref="ModelRefusedException">It doesn't fit, also without all that could make way; the message does the sum.</exception>
    public async Task<PlannedModel> PlanAsync(Func<PlacementPlan?, Task<PlannedModel>> plan, PlacementPlan? old, CancellationToken cancellationToken)
    {
        var stay = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var planned = await plan(old);
            if (planned.Placed.Refusal is not { } refusal) return planned;
            if (old is not null)
            {
                old = null; // Where the survivors' ranges can't stay as they are, everything is open again.
                continue;
            }

            if (await FreeOneAsync(planned, stay, cancellationToken)) continue;
            throw new ModelRefusedException(Api.ExoErrorKind.OutOfMemory, refusal.Sentence);
        }
    }

    /// <summary>True where memory was freed.</summary>
    private async Task<bool> FreeOneAsync(PlannedModel planned, HashSet<string> stay, CancellationToken cancellationToken)
    {
        var others = planned.Nodes.SelectMany(node => node.Shards).Select(shard => shard.Model).Where(other => other != model).Distinct(StringComparer.Ordinal).ToList();
        var uses = await Task.WhenAll(others.Select(other => UseAsync(other, cancellationToken)));
        while (UnloadChoice.Next(uses.OfType<ModelUse>(), stay) is { } longest)
        {
            stay.Add(longest.Model); // Whatever it says, it is not asked a second time.
            if (!await nodes.TryAsync(() => grains.GetGrain<IModelGrain>(longest.Model).GiveWayAsync(longest.LastUsed, cancellationToken), false, cancellationToken)) continue;
            LogGaveWay(longest.Model, model);
            return true;
        }

        return false;
    }

    private Task<ModelUse?> UseAsync(string other, CancellationToken cancellationToken) =>
        nodes.TryAsync<ModelUse?>(async () => await grains.GetGrain<IModelGrain>(other).GetUseAsync(cancellationToken), null, cancellationToken);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Other} was unloaded to make room for {Model}")]
    private partial void LogGaveWay(string other, string model);
}
