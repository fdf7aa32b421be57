using System.Diagnostics;
using System.Text.Json;
using Exo.Api;
using Exo.Grains.Generation;

namespace Exo.Grains.Benchmarks.Hops;

/// <summary>When the tokens of an answer came.</summary>
internal static class TokenTimes
{
    /// <summary>Milliseconds from each token to the next, sorted.</summary>
    public static async Task<double[]> MeasureAsync(IGenerationGrain driver, string folder, int tokens)
    {
        var request = new AnswerRequest
        {
            Model = folder,
            PromptIds = [.. Enumerable.Range(1, 16)],
            Sampling = new() { Temperature = 0, Seed = 1 },
            MaxTokens = tokens,
        };
        var call = new AnswerCall(JsonSerializer.Serialize(request, ExoJson.Default.AnswerRequest), []);
        var times = new List<double>();
        var last = 0L;
        await foreach (var part in driver.AnswerAsync(call))
        {
            var next = JsonSerializer.Deserialize(part.EventJson, ExoJson.Default.AnswerEvent)!;
            if (next.Tokens.Count == 0) continue;
            var now = Stopwatch.GetTimestamp();
            if (last != 0) times.Add(Stopwatch.GetElapsedTime(last, now).TotalMilliseconds / next.Tokens.Count);
            last = now;
        }

        if (times.Count == 0) throw new InvalidOperationException($"{folder} gave no tokens: its context must have room for {request.PromptIds.Count + tokens}; ask for fewer, or of another model");
        times.Sort();
        return [.. times];
    }

    public static double At(double[] sorted, double share) => sorted[(int)Math.Min(sorted.Length - 1, sorted.Length * share)];
}
