using System.Collections.Immutable;

namespace Exo.Grains.Models;

/// <inheritdoc cref="IModelDirectoryGrain"/>
internal sealed class ModelDirectoryGrain : Grain, IModelDirectoryGrain
{
    private readonly SortedDictionary<string, ModelSnapshot> _models = new(StringComparer.Ordinal);

    public Task NoteAsync(ModelSnapshot snapshot)
    {
        if (_models.TryGetValue(snapshot.Model, out var known) && known.Version > snapshot.Version) return Task.CompletedTask;
        if (snapshot.Phase == ModelPhase.Idle) _models.Remove(snapshot.Model);
        else _models[snapshot.Model] = snapshot;
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<ModelSnapshot>> ListAsync(CancellationToken cancellationToken = default) => Task.FromResult(_models.Values.ToImmutableArray());
}
