namespace Exo.Hub.Protocol;

/// <summary>The header by which another machine's store tells itself from a hub, with a file's bytes: what is wrong with them is to be mended on that machine.</summary>
public static class MirrorHeader
{
    /// <summary>Any value means yes.</summary>
    public const string Name = "X-Exo-Mirror";
}
