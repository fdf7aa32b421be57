namespace Exo.Engine.Placement;

/// <summary>Lays a model's layers on machines. Pure functions: the same figures give the same plan, on every machine.</summary>
public static class Planner
{
    /// <summary>
    /// The contiguous ranges over an ordered chain of devices that take the least time per token, then the least to the first token, then the
    /// fewest bytes to fetch; one device where one is faster. Exact while the devices are about ten, near that beyond.
    /// </summary>
    /// <exception cref="ArgumentException">A figure is out of its range; the message names it.</exception>
    public static PlacementResult Plan(ModelCost model, PlacementCluster cluster, PlacementRequest request)
    {
        RequestChecks.Check(model, cluster, request);
        var problem = new PlacementProblem(model, cluster, request, request.ContextLength ?? Math.Min(model.ContextLength, PlacementRequest.UsualContext));
        return PlacementRun.Of(problem, new Preference(request.Tolerance, MovedFirst: false), [], model.ContextLength).Result;
    }

    /// <summary>
    /// The plan over the survivors that moves fewest bytes among those at most <paramref name="tolerance"/> slower than the fastest: ranges that a
    /// survivor has loaded stay where they are as far as time allows.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="cluster">The machines as they are now. What survivors have loaded is taken from the old plan where their devices don't say it.</param>
    /// <param name="request">What the placement is for.</param>
    /// <param name="old">The plan that was in place.</param>
    /// <param name="dead">Names of nodes that are lost; they need not be in the cluster any more.</param>
    /// <param name="tolerance">The share by which the new plan may be slower than the fastest. Default 0.1.</param>
    /// <exception cref="ArgumentException">A figure is out of its range; the message names it.</exception>
    public static Replacement Replan(
        ModelCost model, PlacementCluster cluster, PlacementRequest request, PlacementPlan old, IReadOnlyCollection<string> dead, double tolerance = 0.1) =>
        Replacements.Plan(model, cluster, request, old, dead, tolerance);
}
