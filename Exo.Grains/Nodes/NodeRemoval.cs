using Exo.Api.Local;
using Exo.Grains.Shards;

namespace Exo.Grains.Nodes;

/// <summary>Takes models off this node's disk, unless something here uses them. One per process; thread-safe.</summary>
internal sealed class NodeRemoval(NodeStore store, ShardHost shards, LocalExoService local)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (Guid Request, Task<long?> Work)> _removals = new(StringComparer.Ordinal);

    /// <inheritdoc cref="INodeGrain.FindUseAsync"/>
    public string? FindUse(string model)
    {
        var scope = store.ScopeOf(model);
        bool Touches(string other, string? commit) => store.ReferenceOf(other) is { } reference && scope.Touches(reference, commit);

        var loaded = shards.States.Where(shard => shard.Phase != ShardPhase.Failed).Select(shard => shard.Model).Distinct(StringComparer.Ordinal);
        if (loaded.FirstOrDefault(other => Touches(other, shards.NewestOf(other)?.Commit)) is { } inMemory) return $"{inMemory} is in its memory: 'exo stop {inMemory}' frees it";

        // The model's own grain asks: what is fetched under its very name is wanted by nobody any more, and ends with the removal.
        var fetched = store.Fetches.FirstOrDefault(fetch => fetch.Phase == FetchPhase.Running && fetch.Order.Model != model && Touches(fetch.Order.Model, fetch.Order.Commit));
        if (fetched is not null) return $"{fetched.Order.Model} is being fetched there";
        return local.IsPulling(model) ? $"{model} is being pulled there" : null;
    }

    /// <inheritdoc cref="INodeGrain.RemoveAsync"/>
    public Task<long?> RemoveAsync(string model, Guid request)
    {
        lock (_gate)
        {
            if (_removals.TryGetValue(model, out var known) && (known.Request == request || !known.Work.IsCompleted)) return known.Work;
            var work = Task.Run(() => RemoveAsync(model));
            _removals[model] = (request, work);
            return work;
        }
    }

    private async Task<long?> RemoveAsync(string model)
    {
        if (FindUse(model) is { } use) throw new Models.ModelRefusedException(Api.ExoErrorKind.Busy, use);
        return await store.RemoveAsync(model);
    }
}
