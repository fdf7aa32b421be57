namespace Exo.Engine.Backends;

/// <summary>The unit in which KV memory is handed out: the same number of positions on every shard and every backend.</summary>
public static class KvBlock
{
    /// <summary>Positions in one block.</summary>
    public const int TokenCount = 32;

    /// <summary>Blocks that hold <paramref name="tokens"/> positions.</summary>
    public static int CountFor(int tokens) => (tokens + TokenCount - 1) / TokenCount;
}
