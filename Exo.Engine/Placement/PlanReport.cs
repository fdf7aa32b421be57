using Exo.Engine.Models;

namespace Exo.Engine.Placement;

/// <summary>Writes a chain out as a plan, with the sums behind every figure.</summary>
/// <param name="problem">What was planned: times are told for its context.</param>
/// <param name="roomy">The same with the context that there is room for: memory is told for it.</param>
/// <param name="scores">Does the sums.</param>
internal sealed class PlanReport(PlacementProblem problem, PlacementProblem roomy, PlanScores scores)
{
    public PlacementPlan Of(PlanScore plan)
    {
        var chain = plan.Chain;
        var perToken = scores.RoundTrip(chain, 1);
        var alone = new Alone(problem).Estimates();
        var leftOut = new LeftOutReasons(problem, scores).Of(plan);
        var written = new PlacementPlan
        {
            Model = problem.Model.Model,
            Objective = problem.Request.Objective,
            ContextLength = roomy.Context,
            TimedContextLength = problem.Context,
            Sequences = problem.Request.Sequences,
            Shards = [.. Enumerable.Range(0, chain.Count).Select(shard => Shard(chain, shard))],
            Home = problem.Home!,
            EntryHop = TimeSpan.FromSeconds(problem.Entry(chain.Seats[0], 1)),
            ReturnHop = TimeSpan.FromSeconds(problem.Exit(chain.Seats[^1], 1)),
            TimePerToken = TimeSpan.FromSeconds(perToken),
            TokensPerSecond = 1 / scores.Throughput(chain),
            TimeToFirstToken = TimeSpan.FromSeconds(plan.FirstToken),
            PromptLength = problem.Request.PromptLength,
            FetchByteCount = plan.Fetch,
            LoadByteCount = plan.Load,
            LeftOut = leftOut,
            Alone = alone,
            Reasons = [],
        };
        return written with { Reasons = PlanReasons.Of(written) };
    }

    private ShardPlacement Shard(Chain chain, int shard)
    {
        var (seatNumber, from, to) = (chain.Seats[shard], chain.StartOf(shard), chain.Ends[shard]);
        var (seat, layers, held) = (problem.Seats[seatNumber], new LayerRange(from, to), scores.Holdings);
        var last = to == problem.LayerCount;
        return new ShardPlacement
        {
            Node = seat.Node.Name,
            Device = seat.Device.Name,
            Layers = layers,
            WeightByteCount = problem.Model.WeightBytesOf(layers),
            KvByteCount = roomy.NeedOf(from, to) - problem.BuffersOf(to) - problem.Model.WeightBytesOf(layers),
            ActivationByteCount = problem.BuffersOf(to),
            FreeByteCount = seat.Device.FreeByteCount,
            MarginByteCount = seat.MarginByteCount,
            ReadByteCountPerToken = (long)ReadPerToken(from, to),
            ReadBytesPerSecond = seat.ReadBytesPerSecond,
            TimePerToken = TimeSpan.FromSeconds(problem.Decoding(1).Of(seatNumber, from, to)),
            HopToNext = last ? TimeSpan.Zero : TimeSpan.FromSeconds(problem.Hop(seatNumber, chain.Seats[shard + 1], 1)),
            FetchByteCount = held.Fetch(seatNumber, from, to),
            LoadByteCount = held.Load(seatNumber, from, to),
            MissingLayers = held.ToFetch(seatNumber, layers),
            MissesEmbedding = from == 0 && held.FetchesEmbedding(seatNumber),
            MissesHead = last && held.FetchesHead(seatNumber),
        };
    }

    private double ReadPerToken(int from, int to)
    {
        var sum = to == problem.LayerCount ? problem.Model.HeadByteCount : 0.0;
        for (var layer = from; layer < to; layer++)
            sum += problem.Model.Layers[layer].ReadByteCount(1) + problem.Model.Layers[layer].KvReadByteCount(problem.Context);
        return sum;
    }
}
