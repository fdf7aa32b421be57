using Exo.Hub.Store;

namespace Exo.Hub.Pulls;

/// <summary>
/// Gets models. One per process: plans, runs and shares pulls, so that two pulls of one model fetch it once. Nothing runs on the caller's thread.
/// </summary>
public sealed class Puller : IDisposable
{
    /// <param name="options">Where from, where to, how fast.</param>
    /// <param name="timeProvider">Time for back-off, stalls and progress; the system's where left out.</param>
    public Puller(HubOptions options, TimeProvider? timeProvider = null) => throw new NotImplementedException();

    /// <summary>The store it pulls into.</summary>
    public HubCache Cache => throw new NotImplementedException();

    /// <summary>What a pull would do: the commit, the files, what is here, the disk. Offline it plans from the store alone.</summary>
    /// <exception cref="HubException">The model cannot be had; see <see cref="HubError"/>.</exception>
    public Task<PullPlan> PlanAsync(ModelReference reference, PullOptions? options = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Begins the pull and returns at once.</summary>
    public Pull Start(PullPlan plan) => throw new NotImplementedException();

    /// <summary>The pulls that run in this process.</summary>
    public IReadOnlyList<Pull> Running => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
