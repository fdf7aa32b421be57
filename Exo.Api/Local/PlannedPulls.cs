using System.Diagnostics;
using Exo.Hub;
using Exo.Hub.Pulls;

namespace Exo.Api.Local;

/// <summary>
/// Plans that were shown a moment ago: the pull that follows need not ask the hub a second time what it has, and fetches what was shown. Each serves once.
/// Thread-safe.
/// </summary>
internal sealed class PlannedPulls
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly List<(Hub.Pulls.PullPlan Plan, long At)> _plans = [];

    public void Keep(Hub.Pulls.PullPlan plan)
    {
        lock (_gate)
        {
            Forget();
            _plans.RemoveAll(kept => IsFor(kept.Plan, plan.Reference, plan.Options));
            _plans.Add((plan, Stopwatch.GetTimestamp()));
        }
    }

    public Hub.Pulls.PullPlan? Take(ModelReference reference, PullOptions options)
    {
        lock (_gate)
        {
            Forget();
            var index = _plans.FindIndex(kept => IsFor(kept.Plan, reference, options));
            if (index < 0) return null;
            var plan = _plans[index].Plan;
            _plans.RemoveAt(index);
            return plan with { Options = options };
        }
    }

    private void Forget() => _plans.RemoveAll(kept => Stopwatch.GetElapsedTime(kept.At) > Lifetime);

    private static bool IsFor(Hub.Pulls.PullPlan plan, ModelReference reference, PullOptions options) =>
        plan.Reference == reference && plan.Options.Include.SequenceEqual(options.Include) && plan.Options.Exclude.SequenceEqual(options.Exclude);
}
