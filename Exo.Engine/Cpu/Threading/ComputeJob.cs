namespace Exo.Engine.Cpu.Threading;

/// <summary>
/// Work that falls into independent items. A job is allocated once and filled in anew before each run, so that a step
/// allocates nothing. Which thread runs which item never changes a result.
/// </summary>
internal abstract class ComputeJob
{
    /// <summary>Runs one item.</summary>
    /// <param name="item">0 to the count given to <see cref="ComputeThreads.Run"/>.</param>
    /// <param name="thread">0 to <see cref="ComputeThreads.Count"/> - 1: the number of the thread, for its own scratch memory.</param>
    public abstract void Execute(int item, int thread);
}
