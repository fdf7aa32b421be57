using Exo.Engine.Backends;

namespace Exo.Engine.Scheduling;

/// <summary>
/// All of a model's layers, one shard after the other, wherever they are. Several steps may be on their way at once: each shard runs
/// them one at a time in the order they were given, and no sequence is in two of them.
/// </summary>
public interface IShardChain
{
    /// <summary>Shards, and so the steps that can be computed at the same time.</summary>
    int Depth { get; }

    /// <summary>Blocks that every shard's KV cache holds.</summary>
    int KvBlockCount { get; }

    /// <summary>
    /// Runs a step through all shards and returns what the last one made of it. The step's memory must stay as it is until then.
    /// What is awaited may continue on a compute thread: continue elsewhere with anything long.
    /// </summary>
    /// <exception cref="ChainLostException">A shard is gone and its KV cache with it; this chain will not run another step.</exception>
    /// <exception cref="Exception">Anything else concerns this step only.</exception>
    ValueTask<StepOutput> RunAsync(StepInput step, CancellationToken cancellationToken = default);
}
