namespace Exo.Grains.Generation;

/// <summary>How much of a prompt goes over the shards at once. Larger messages hold up what is behind them on the connection.</summary>
internal static class StepSize
{
    /// <summary>Hidden states travel in messages of about this many bytes.</summary>
    public const int MessageByteCount = 1 << 20;

    /// <summary>Below this weights would be read again and again for a few tokens; models so wide that it counts, of more than 16384, exceed the message instead.</summary>
    private const int LeastTokens = 16;

    /// <summary>The most tokens of one step.</summary>
    /// <param name="hiddenByteCount">Of one token's hidden state.</param>
    public static int MostTokens(long hiddenByteCount) => (int)Math.Max(LeastTokens, MessageByteCount / hiddenByteCount);
}
