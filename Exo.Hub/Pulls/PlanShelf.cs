namespace Exo.Hub.Pulls;

/// <summary>
/// Plans that were made to be looked at, a moment ago: the fetch that follows need not ask the hub a second time what it has, and fetches what was shown.
/// Each serves once. Thread-safe.
/// </summary>
/// <typeparam name="TPlan">What was read: a pull's plan, a model's map of weights.</typeparam>
public sealed class PlanShelf<TPlan>(TimeProvider time)
    where TPlan : class
{
    /// <summary>How long a plan is kept: a hub may have something else soon after.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly List<(TPlan Plan, long At)> _plans = [];

    /// <summary>Keeps a plan in place of those that ask for the same.</summary>
    /// <param name="isSame">Whether a kept plan asks for what this one does.</param>
    public void Keep(TPlan plan, Predicate<TPlan> isSame)
    {
        lock (_gate)
        {
            Forget();
            _plans.RemoveAll(kept => isSame(kept.Plan));
            _plans.Add((plan, time.GetTimestamp()));
        }
    }

    /// <summary>Takes a plan off the shelf; null where there is none.</summary>
    public TPlan? Take(Predicate<TPlan> isWanted)
    {
        lock (_gate)
        {
            Forget();
            var index = _plans.FindIndex(kept => isWanted(kept.Plan));
            if (index < 0) return null;
            var plan = _plans[index].Plan;
            _plans.RemoveAt(index);
            return plan;
        }
    }

    private void Forget() => _plans.RemoveAll(kept => time.GetElapsedTime(kept.At) > Lifetime);
}
