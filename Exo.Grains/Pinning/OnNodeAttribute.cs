using Orleans.Placement;

namespace Exo.Grains.Pinning;

/// <summary>Grains of this class run on the silo whose name their key begins with, and nowhere else: see <see cref="NodeKey"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OnNodeAttribute() : PlacementAttribute(new OnNodePlacement());
