namespace Exo.Grains.Shards;

/// <summary>Remembers the numbers of the last thousand steps: far more than a chain has under way.</summary>
internal sealed class StepMarks
{
    private readonly long[] _steps = new long[1024];

    public StepMarks() => Array.Fill(_steps, -1);

    /// <summary>False: it is marked already.</summary>
    public bool Add(long step)
    {
        ref var slot = ref _steps[step % _steps.Length];
        if (slot >= step) return false; // a step older than a thousand others has long been answered
        slot = step;
        return true;
    }

    public bool Contains(long step) => _steps[step % _steps.Length] == step;
}
