namespace Exo.Hub.Slices;

/// <summary>Where another machine mirrors its store.</summary>
/// <param name="Address">The mirror, as HF_ENDPOINT would name it.</param>
/// <param name="Key">What it wants to be sent as a bearer token; null where it asks for none.</param>
public sealed record PeerMirror(Uri Address, string? Key = null)
{
    /// <summary>Without the key: it may be logged.</summary>
    public override string ToString() => Address.ToString();
}
