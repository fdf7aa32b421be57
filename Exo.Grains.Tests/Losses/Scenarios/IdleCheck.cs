using System.Diagnostics;
using Exo.Api;

namespace Exo.Grains.Tests.Losses.Scenarios;

/// <summary>What must be so when nothing is being answered: no KV block in use, and each layer in memory once.</summary>
internal static class IdleCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Waits a little: nodes that lost a deployment free it as they hear of the next.</summary>
    /// <exception cref="InvalidOperationException">It never became so.</exception>
    public static async Task HoldAsync(IExoService service, CancellationToken cancellationToken = default)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var wrong = Wrong(await service.GetStateAsync(cancellationToken));
            if (wrong is null) return;
            if (clock.Elapsed > Patience) throw new InvalidOperationException($"{Patience.TotalSeconds} s after the last answer: {wrong}");
            await Task.Delay(100, cancellationToken);
        }
    }

    /// <summary>What is not as it must be; null where all is.</summary>
    internal static string? Wrong(ServiceState state)
    {
        foreach (var model in state.Models)
        {
            if (model.ActiveCount > 0) return $"{model.Name} still answers {model.ActiveCount}";
            if (model.KvUsedByteCount > 0) return $"{model.Name} still holds {model.KvUsedByteCount} bytes of keys and values";
        }

        foreach (var model in state.Nodes.SelectMany(node => node.Shards).GroupBy(shard => shard.Model))
        {
            var end = 0;
            foreach (var shard in model.OrderBy(shard => shard.FirstLayer).ThenBy(shard => shard.EndLayer))
            {
                if (shard.FirstLayer != end) return $"layers of {model.Key} are {(shard.FirstLayer < end ? "resident twice" : "missing")} at {shard.FirstLayer} on {shard.Node}";
                end = shard.EndLayer;
            }
        }

        return null;
    }
}
