namespace Exo.Engine.Placement;

/// <summary>What a chain comes to, in all that plans are told apart by.</summary>
/// <param name="Chain">The chain.</param>
/// <param name="Time">Seconds: what the objective minimises.</param>
/// <param name="OffPreferred">Bytes of layers on nodes that are not preferred, where some are.</param>
/// <param name="FirstToken">Seconds.</param>
/// <param name="Fetch">Bytes over the network.</param>
/// <param name="Load">Bytes into memory.</param>
internal sealed record PlanScore(Chain Chain, double Time, long OffPreferred, double FirstToken, long Fetch, long Load)
{
    /// <summary>Bytes over the network and bytes into memory: what is fetched is loaded too and counts twice.</summary>
    public long Moved => Fetch + Load;
}

/// <summary>Does a chain's sums.</summary>
internal sealed class PlanScores
{
    private readonly PlacementProblem _problem;
    private readonly StageTimes _chunk, _lastChunk;
    private readonly int _chunks, _chunkTokens, _lastTokens;

    public PlanScores(PlacementProblem problem)
    {
        _problem = problem;
        var (prompt, step) = (problem.Request.PromptLength, problem.Request.StepTokens);
        _chunks = (prompt + step - 1) / step;
        _chunkTokens = Math.Min(prompt, step);
        _lastTokens = prompt - (_chunks - 1) * step;
        // Every chunk is taken to see half the prompt: what the first ones save the last ones pay.
        _chunk = new StageTimes(problem.Model, problem.Seats, new StepLoad(_chunkTokens, 1, Math.Max(1, prompt / 2)));
        _lastChunk = _lastTokens == _chunkTokens ? _chunk : new StageTimes(problem.Model, problem.Seats, new StepLoad(_lastTokens, 1, Math.Max(1, prompt / 2)));
    }

    public Holdings Holdings => _problem.Holdings;

    /// <summary>Seconds of one chunk of the prompt.</summary>
    public StageTimes Prefill => _chunk;

    /// <summary>Chunks of the prompt.</summary>
    public int Chunks => _chunks;

    /// <summary>Tokens of one chunk.</summary>
    public int ChunkTokens => _chunkTokens;

    public PlanScore Of(Chain chain)
    {
        long off = 0, fetch = 0, load = 0;
        for (var i = 0; i < chain.Count; i++)
        {
            var (seat, from, to) = (chain.Seats[i], chain.StartOf(i), chain.Ends[i]);
            fetch += Holdings.Fetch(seat, from, to);
            load += Holdings.Load(seat, from, to);
            if (!Holdings.IsPreferred(seat)) off += _problem.Need[to] - _problem.Need[from];
        }

        return new PlanScore(chain, Time(chain), off, FirstToken(chain), fetch, load);
    }

    /// <summary>What the objective minimises, in seconds per token.</summary>
    public double Time(Chain chain) => _problem.Request.Objective == Objective.Latency ? RoundTrip(chain, 1) : Throughput(chain);

    /// <summary>Seconds that a step of one token of each of so many sequences takes from the scheduler back to the scheduler.</summary>
    public double RoundTrip(Chain chain, int sequences)
    {
        var times = _problem.Decoding(sequences);
        var sum = _problem.Entry(chain.Seats[0], sequences) + _problem.Exit(chain.Seats[^1], sequences);
        for (var i = 0; i < chain.Count; i++)
            sum += times.Of(chain.Seats[i], chain.StartOf(i), chain.Ends[i]) + (i == 0 ? 0 : _problem.Hop(chain.Seats[i - 1], chain.Seats[i], sequences));
        return sum;
    }

    /// <summary>
    /// Seconds per token of all sequences together: they are dealt out to micro-batches, one for each shard as far as they go, and a
    /// micro-batch comes round no sooner than the slowest stage has served all of them, and no sooner than its own way takes.
    /// </summary>
    public double Throughput(Chain chain)
    {
        var (batches, size) = MicroBatches.Of(chain.Count, _problem.Request.Sequences);
        var times = _problem.Decoding(size);
        var slowest = 0.0;
        for (var i = 0; i < chain.Count; i++)
        {
            slowest = Math.Max(slowest, times.Of(chain.Seats[i], chain.StartOf(i), chain.Ends[i]));
            if (i > 0) slowest = Math.Max(slowest, _problem.HopOccupancy(chain.Seats[i - 1], chain.Seats[i], size));
        }

        return Math.Max(batches * slowest, RoundTrip(chain, size)) / _problem.Request.Sequences;
    }

    /// <summary>Seconds until the first token: the chunks follow each other through the shards, each waiting for the one before and for its shard.</summary>
    public double FirstToken(Chain chain)
    {
        Span<double> free = chain.Count <= 256 ? stackalloc double[chain.Count] : new double[chain.Count];
        free.Clear();
        var done = 0.0;
        for (var chunk = 0; chunk < _chunks; chunk++)
        {
            var last = chunk == _chunks - 1;
            var (times, tokens) = last ? (_lastChunk, _lastTokens) : (_chunk, _chunkTokens);
            done = _problem.Entry(chain.Seats[0], tokens);
            for (var i = 0; i < chain.Count; i++)
            {
                var seat = chain.Seats[i];
                if (i > 0) done += _problem.Hop(chain.Seats[i - 1], seat, tokens);
                var time = times.Of(seat, chain.StartOf(i), chain.Ends[i]) - (i == chain.Count - 1 && !last ? times.Head(seat) : 0);
                done = free[i] = Math.Max(done, free[i]) + time;
            }
        }

        return done + _problem.Exit(chain.Seats[^1], 1);
    }
}

/// <summary>How sequences are dealt out to the micro-batches in flight.</summary>
internal static class MicroBatches
{
    /// <summary>How many there are, and the most sequences in one.</summary>
    public static (int Count, int Size) Of(int shards, int sequences)
    {
        var count = Math.Min(shards, sequences);
        return (count, (sequences + count - 1) / count);
    }
}
