using System.Diagnostics;
using Exo.Api;
using Exo.Api.Local;

namespace Exo.Grains.Tests.Losses.Scenarios;

/// <summary>One answer of the sample model, known beforehand, read while things happen to the silos.</summary>
internal sealed class StoryStream(AnswerRequest request, IReadOnlyList<string> expected)
{
    /// <summary>Tokens of the undisturbed answer.</summary>
    public int TokenCount => expected.Count;

    /// <summary>The longest time between two of its parts.</summary>
    public TimeSpan LongestPause { get; private set; }

    /// <summary>Computes the answer on this machine alone.</summary>
    public static async Task<StoryStream> PrepareAsync(ulong seed, int tokens, int promptRepeats = 1)
    {
        var request = new AnswerRequest
        {
            Model = "stories",
            Text = string.Concat(Enumerable.Repeat("Once upon a time there was a little fox who lived by the sea. ", promptRepeats)),
            Sampling = new() { Temperature = 0.9f, Seed = seed },
            MaxTokens = tokens,
            TopLogprobs = 1,
        };
        await using var alone = new LocalExoService();
        var parts = new List<AnswerEvent>();
        await foreach (var part in alone.AnswerAsync(request)) parts.Add(part);
        return new StoryStream(request, Tokens(parts));
    }

    /// <summary>Reads the answer to its end.</summary>
    /// <param name="service">Whom to ask.</param>
    /// <param name="onTokens">Told with each part how many tokens there are by now; 0 with the first, which comes when the prompt is about to be computed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">It is not the undisturbed one.</exception>
    public async Task ReadAsync(IExoService service, Action<int>? onTokens = null, CancellationToken cancellationToken = default)
    {
        var parts = new List<AnswerEvent>();
        var last = Stopwatch.GetTimestamp();
        LongestPause = TimeSpan.Zero;
        await foreach (var part in service.AnswerAsync(request, cancellationToken))
        {
            var pause = Stopwatch.GetElapsedTime(last);
            last = Stopwatch.GetTimestamp();
            if (pause > LongestPause) LongestPause = pause;
            parts.Add(part);
            onTokens?.Invoke(parts.Sum(seen => seen.Tokens.Count));
        }

        var tokens = Tokens(parts);
        var same = tokens.Zip(expected).TakeWhile(pair => pair.First == pair.Second).Count();
        if (same < expected.Count || tokens.Count != expected.Count)
            throw new InvalidOperationException($"The answer of seed {request.Sampling.Seed} differs from the undisturbed one at token {same}: {tokens.Count} tokens, {expected.Count} expected.");
    }

    private static List<string> Tokens(IEnumerable<AnswerEvent> parts) => [.. parts.SelectMany(part => part.Tokens).Select(token => $"{token.Id} {token.Logprob:R}")];
}
