namespace Exo.Grains.Models;

/// <summary>Whether a model is deployed as a load asks for. Pure.</summary>
internal static class Likeness
{
    /// <summary>It is in memory in the format that is asked for, and has whatever else is asked for by name; what is left to Exo is right as it is.</summary>
    public static bool IsAlike(DeployOptions asked, DeployOptions has, Deployment? deployment) => !Differences(asked, has, deployment).Any();

    /// <summary>What it has that is not as asked, in words.</summary>
    /// <param name="asked">What a load asks for.</param>
    /// <param name="has">What was asked for when it was deployed.</param>
    /// <param name="deployment">What came of that; null while nothing has.</param>
    public static IEnumerable<string> Differences(DeployOptions asked, DeployOptions has, Deployment? deployment)
    {
        if (asked.Quantization != has.Quantization) yield return has.Quantization is { } format ? $"its weights quantized to {format.ToString().ToLowerInvariant()}" : "its weights as they are stored";
        var context = has.ContextLength ?? deployment?.ContextLength;
        if (asked.ContextLength is { } tokens && tokens != context) yield return context is null ? "as much context as there is room for" : $"a context of {context} tokens";
        if (asked.Threads is { } threads && threads != has.Threads) yield return has.Threads is { } count ? $"{count} threads" : "as many threads as its nodes give";
        if (asked.ShardCount is { } shards && shards != has.ShardCount) yield return has.ShardCount is { } parts ? $"{parts} equal shards" : "its layers where they are fastest";
    }
}
