namespace Exo.Engine.Scheduling;

/// <summary>Where a scheduler stands. Counts since its start unless said otherwise.</summary>
public sealed record SchedulerSnapshot
{
    /// <summary>Sequences without KV blocks now: new ones, preempted ones, those of a lost chain.</summary>
    public required int WaitingSequences { get; init; }

    /// <summary>Sequences that hold KV blocks now.</summary>
    public required int RunningSequences { get; init; }

    /// <summary>Steps on their way through the chain now.</summary>
    public required int StepsInFlight { get; init; }

    /// <summary>KV blocks there are now; 0 while there is no chain.</summary>
    public required int Blocks { get; init; }

    /// <summary>KV blocks that a sequence holds now: 0 when idle.</summary>
    public required int BlocksInUse { get; init; }

    /// <summary>KV blocks that no sequence holds but the prefix cache keeps, now. They are given away when others run out.</summary>
    public required int BlocksCached { get; init; }

    public required long Steps { get; init; }

    /// <summary>Tokens of prompts computed, replays included, cached ones not.</summary>
    public required long PrefillTokens { get; init; }

    /// <summary>Tokens of prompts found in the prefix cache.</summary>
    public required long CachedTokens { get; init; }

    /// <summary>Tokens sampled.</summary>
    public required long CompletionTokens { get; init; }

    /// <summary>Sequences ended, whatever the reason.</summary>
    public required long EndedSequences { get; init; }

    /// <summary>Of those, the ones that ended with an error.</summary>
    public required long FailedSequences { get; init; }

    /// <summary>Times a sequence gave its KV blocks back to an older one, to be computed anew later.</summary>
    public required long Preemptions { get; init; }

    /// <summary>Times the chain was lost or replaced.</summary>
    public required long ChainReplacements { get; init; }
}
