using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Exo.Grains.Models;

/// <summary>
/// The models of the cluster that something is done with: being fetched, made ready, ready or failed. Key: <see cref="Key"/>. It is told by the models'
/// grains, and told again now and then: what is lost with its silo is soon back.
/// </summary>
[Alias("exo.IModelDirectoryGrain")]
public interface IModelDirectoryGrain : IGrainWithStringKey
{
    /// <summary>The one that there is.</summary>
    const string Key = "models";

    /// <summary>Takes a model's newest snapshot; an older one than is known changes nothing.</summary>
    [Alias("Note"), OneWay]
    Task NoteAsync(ModelSnapshot snapshot);

    /// <summary>The models, by name.</summary>
    [Alias("List")]
    Task<ImmutableArray<ModelSnapshot>> ListAsync(CancellationToken cancellationToken = default);
}
