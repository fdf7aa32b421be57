using Exo.Grains.Models;
using Exo.Grains.Pinning;

namespace Exo.Grains.Generation;

/// <summary>Names the driver of a deployment: the key of its <see cref="IGenerationGrain"/> is "node|model|epoch".</summary>
public readonly record struct GenerationKey(string Node, string Model, long Epoch)
{
    public static GenerationKey Of(Deployment deployment) => new(deployment.Driver, deployment.Model, deployment.Epoch);

    public override string ToString() => NodeKey.Join(Node, Model, Epoch);
}
