namespace Exo.Engine.Placement;

/// <summary>What a placement is for.</summary>
public sealed record PlacementRequest
{
    /// <summary>What a plan is made for where nobody says: it then gets as much more as its devices have room for.</summary>
    public const int UsualContext = 4096;

    /// <summary>
    /// Positions of one sequence, prompt and answer together. Null: as much of the model's own context as the plan that is best at
    /// <see cref="UsualContext"/> has room for, less where memory is short; after a loss as much as there was before.
    /// </summary>
    public int? ContextLength { get; init; }

    /// <summary>Sequences whose keys and values must fit at full length. Default 1.</summary>
    public int Sequences { get; init; } = 1;

    /// <summary>Tokens of the prompt whose time to first token is minimised. Default 512.</summary>
    public int PromptLength { get; init; } = 512;

    /// <summary>Tokens of one prefill step, <see cref="Scheduling.SchedulerOptions.StepTokens"/>. Default 512.</summary>
    public int StepTokens { get; init; } = 512;

    public Objective Objective { get; init; }

    /// <summary>The share of each device's free memory that stays free. Default 0.1.</summary>
    public double MarginShare { get; init; } = 0.1;

    /// <summary>
    /// Plans slower by no more than this share count as equally fast, as long as they have no more shards than the fastest: measurements are no
    /// better. Among them the soonest first token wins, then the fewest bytes to fetch. Default 0.02.
    /// </summary>
    public double Tolerance { get; init; } = 0.02;
}

/// <summary>What is to be least.</summary>
public enum Objective
{
    /// <summary>The time from one token to the next of a sequence that runs alone.</summary>
    Latency,

    /// <summary>The time per token over all sequences, as many micro-batches in flight as there are shards: the slowest stage decides.</summary>
    Throughput,
}
