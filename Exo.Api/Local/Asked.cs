namespace Exo.Api.Local;

/// <summary>What may be asked of any service, whatever model it is about.</summary>
internal static class Asked
{
    /// <summary>More threads than that on each core only get in each other's way.</summary>
    private const int ThreadsPerCore = 4;

    /// <summary>Far more than any memory holds; beyond it the sums would overflow.</summary>
    private const int MostSequences = 1_000_000;

    /// <exception cref="ExoException">A value is out of its range.</exception>
    public static void Check(LoadRequest request)
    {
        CheckCount("context_length", request.ContextLength, "tokens of context");
        CheckCount("threads", request.Threads, "compute threads");
        CheckCount("shard_count", request.ShardCount, "shards");
    }

    /// <inheritdoc cref="Check(LoadRequest)"/>
    public static void Check(AnswerRequest request)
    {
        CheckCount("context_length", request.ContextLength, "tokens of context");
        CheckCount("threads", request.Threads, "compute threads");
    }

    /// <inheritdoc cref="Check(LoadRequest)"/>
    public static void Check(PlaceRequest request)
    {
        CheckCount("context_length", request.ContextLength, "tokens of context");
        CheckCount("sequences", request.Sequences, "sequences");
        if (request.Sequences > MostSequences) throw new ExoException(ExoErrorKind.BadRequest, $"sequences is {request.Sequences}: at most {MostSequences} are placed");
    }

    /// <summary>Why so many threads are refused; null where they aren't.</summary>
    /// <param name="threads">What is asked for; null: whatever is best.</param>
    /// <param name="cores">Of the machine, or of the largest of them.</param>
    public static string? Threads(int? threads, int cores) => threads > cores * ThreadsPerCore
        ? $"{threads} compute threads are asked for; {(cores == 1 ? "one core takes" : $"{cores} cores take")} at most {cores * ThreadsPerCore}: ask for fewer, or for none to have as many as are best"
        : null;

    private static void CheckCount(string name, int? value, string what)
    {
        if (value < 1) throw new ExoException(ExoErrorKind.BadRequest, $"{name} is {value}: {what} are 1 or more");
    }
}
