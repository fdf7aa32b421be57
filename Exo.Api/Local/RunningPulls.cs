using System.Collections.Immutable;
using Exo.Hub;
using Exo.Hub.Pulls;

namespace Exo.Api.Local;

/// <summary>The pulls that run here, those with connections of their own among them. Thread-safe.</summary>
internal sealed class RunningPulls
{
    private ImmutableArray<Pull> _pulls = [];

    /// <summary>All of them, the oldest first.</summary>
    public ImmutableArray<Pull> All => _pulls;

    public IEnumerable<Pull> Of(ModelReference reference) => _pulls.Where(pull => pull.Plan.Reference == reference);

    /// <summary>Counts a pull in until the result is disposed.</summary>
    public IDisposable Add(Pull pull)
    {
        ImmutableInterlocked.Update(ref _pulls, static (pulls, pull) => pulls.Add(pull), pull);
        return new Membership(this, pull);
    }

    private sealed class Membership(RunningPulls pulls, Pull pull) : IDisposable
    {
        public void Dispose() => ImmutableInterlocked.Update(ref pulls._pulls, static (pulls, pull) => pulls.Remove(pull), pull);
    }
}
