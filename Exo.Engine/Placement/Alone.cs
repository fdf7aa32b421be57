namespace Exo.Engine.Placement;

/// <summary>What each device would make of the whole model.</summary>
internal sealed class Alone(PlacementProblem problem)
{
    /// <summary>Those that can hold it by their time, then the others by what they lack.</summary>
    public IReadOnlyList<AloneEstimate> Estimates() =>
    [
        .. Enumerable.Range(0, problem.Seats.Count).Select(Estimate).OrderBy(estimate => estimate.TimePerToken is null)
            .ThenBy(estimate => estimate.TimePerToken).ThenBy(estimate => estimate.LackingByteCount),
    ];

    private AloneEstimate Estimate(int number)
    {
        var seat = problem.Seats[number];
        var lacking = Math.Max(0, problem.NeedOf(0, problem.LayerCount) - seat.UsableByteCount);
        var time = problem.AloneTrip(number) + problem.Decoding(1).Of(number, 0, problem.LayerCount);
        return new AloneEstimate(seat.Node.Name, seat.Device.Name, lacking == 0 && problem.FitsDisk(number, 0, problem.LayerCount) ? TimeSpan.FromSeconds(time) : null, lacking);
    }
}
