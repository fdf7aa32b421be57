namespace Exo.Grains.Hosting;

/// <summary>Whether this node is about to leave the cluster: whoever is cut off by that has not left by choice, and goes on at another node.</summary>
public sealed class Departure
{
    private volatile bool _hasBegun;

    public bool HasBegun => _hasBegun;

    /// <summary>Told before the first request is cut off.</summary>
    public void Begin() => _hasBegun = true;
}
