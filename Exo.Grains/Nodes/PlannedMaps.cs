using Exo.Hub;
using Exo.Hub.Slices;

namespace Exo.Grains.Nodes;

/// <summary>
/// Maps that were read for a placement a moment ago: this node's fetch that follows need not ask the hub a second time what it has. Each serves once.
/// Thread-safe.
/// </summary>
internal sealed class PlannedMaps(TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly List<(ModelReference Reference, WeightMap Map, long At)> _maps = [];

    public void Keep(ModelReference reference, WeightMap map)
    {
        lock (_gate)
        {
            Forget();
            _maps.RemoveAll(kept => kept.Reference == reference);
            _maps.Add((reference, map, time.GetTimestamp()));
        }
    }

    /// <summary>The map that was read under a name; null where there is none, or the name meant another commit.</summary>
    public WeightMap? Take(ModelReference reference, string commit)
    {
        lock (_gate)
        {
            Forget();
            var index = _maps.FindIndex(kept => kept.Reference == reference && kept.Map.Model.Commit == commit);
            if (index < 0) return null;
            var map = _maps[index].Map;
            _maps.RemoveAt(index);
            return map;
        }
    }

    private void Forget() => _maps.RemoveAll(kept => time.GetElapsedTime(kept.At) > Lifetime);
}
