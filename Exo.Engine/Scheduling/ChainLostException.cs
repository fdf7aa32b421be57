namespace Exo.Engine.Scheduling;

/// <summary>
/// A chain of shards broke, and what its KV caches held is lost. The sequences are not: the scheduler replays them from their tokens
/// on another chain.
/// </summary>
public sealed class ChainLostException : Exception
{
    public ChainLostException(string message)
        : base(message)
    {
    }

    public ChainLostException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
