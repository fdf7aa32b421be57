using Orleans.Runtime;

namespace Exo.Grains.Pinning;

/// <summary>Marks grains that are placed by <see cref="OnNodeDirector"/>.</summary>
[Serializable, GenerateSerializer, Immutable, Alias("exo.OnNodePlacement"), SuppressReferenceTracking]
internal sealed class OnNodePlacement : PlacementStrategy;
