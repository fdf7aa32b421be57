namespace Exo.Api.Local;

/// <summary>A model in memory or on its way there, and who is using it. Touched under its keeper's lock alone.</summary>
internal sealed class ResidentModel(ResolvedModel resolved, LoadRequest request)
{
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ResolvedModel Resolved { get; } = resolved;

    /// <summary>Set before anybody else sees this.</summary>
    public SharedLoad Load { get; set; } = null!;

    public int Users { get; set; }

    public DateTimeOffset LastUsed { get; set; }

    public DateTimeOffset? ExpiresAt { get; set; }

    public ITimer? Timer { get; set; }

    /// <summary>What it takes, or will take as far as can be told; 0 before that is known.</summary>
    public long ByteCount { get; set; }

    /// <summary>No longer given out: it goes once its users have left.</summary>
    public bool IsLeaving { get; private set; }

    /// <summary>Ends when a model that is leaving has no users any more.</summary>
    public Task Idle => _idle.Task;

    public LocalModel? Ready => Load.Model.IsCompletedSuccessfully ? Load.Model.Result : null;

    public bool Answers(ResolvedModel wanted, LoadRequest asked) =>
        !IsLeaving && Load.IsAlive && Resolved.Path == wanted.Path && request.ContextLength == asked.ContextLength && request.Threads == asked.Threads
        && request.Quantization == asked.Quantization && request.ShardCount == asked.ShardCount;

    public void Leave()
    {
        IsLeaving = true;
        Timer?.Dispose();
        SeeWhetherIdle();
    }

    public void SeeWhetherIdle()
    {
        if (IsLeaving && Users == 0) _idle.TrySetResult();
    }
}
