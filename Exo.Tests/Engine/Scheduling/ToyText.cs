using Exo.Engine.Generation;
using Exo.Engine.Scheduling;

namespace Exo.Tests.Engine.Scheduling;

/// <summary>Token i is one letter, of a and b and … by i mod 4; every seventh token is half a character and shows with the next.</summary>
internal sealed class ToyText : ITextStream
{
    private string _half = "";

    public static string TextOf(IEnumerable<int> tokens)
    {
        var stream = new ToyText();
        return string.Concat(tokens.Select(stream.Append)) + stream.Flush();
    }

    public string Append(int tokenId)
    {
        var text = _half + (char)('a' + tokenId % 4);
        _half = tokenId % 7 == 0 ? text : "";
        return tokenId % 7 == 0 ? "" : text;
    }

    public string Flush()
    {
        var text = _half;
        _half = "";
        return text;
    }
}

/// <summary>A whole answer.</summary>
internal sealed record Answer(IReadOnlyList<GenerationEvent> Events)
{
    public string Text => string.Concat(Events.Select(item => item.Text));

    public IReadOnlyList<int> Tokens => [.. Events.SelectMany(item => item.Tokens).Select(token => token.TokenId)];

    public FinishReason? Reason => Events[^1].FinishReason;

    public GenerationUsage Usage => Events[^1].Usage!;

    public IReadOnlyList<IReadOnlyList<TokenLogprob>>? PromptLogprobs => Events[0].PromptLogprobs;
}

internal static class Toy
{
    public static readonly SchedulerOptions Options = new() { VocabSize = ToyModel.VocabSize, ContextLength = 4096, EndTokenIds = [ToyModel.EndToken] };

    /// <summary>Nothing in these tests takes long: what takes this long never comes.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static Scheduler Schedule(IShardChain chain, SchedulerOptions? options = null, Func<ChainLostException, CancellationToken, Task<IShardChain>>? recover = null, TimeProvider? time = null) =>
        new(chain, options ?? Options, _ => new ToyText(), recover, time);

    public static int[] Prompt(int seed, int length) => [.. Enumerable.Range(0, length).Select(i => (int)(ToyModel.Mix((ulong)seed, (ulong)i) % 60))];

    public static GenerationRequest Request(int seed, int promptLength, int maxTokens) => new()
    {
        Prompt = Prompt(seed, promptLength),
        MaxTokens = maxTokens,
        IgnoreEos = true,
        Sampling = new SamplingOptions { Temperature = 1.2f, TopP = 0.95f, RepetitionPenalty = 1.1f, PenaltyWindow = 20, Seed = (ulong)seed },
    };

    public static async Task<Answer> AnswerAsync(this Scheduler scheduler, GenerationRequest request, CancellationToken cancellationToken = default)
    {
        return await CollectAsync().WaitAsync(Patience);

        async Task<Answer> CollectAsync()
        {
            List<GenerationEvent> events = [];
            await foreach (var item in scheduler.GenerateAsync(request, cancellationToken)) events.Add(item);
            return new Answer(events);
        }
    }

    public static void AssertIdle(Scheduler scheduler)
    {
        var snapshot = scheduler.Snapshot();
        Assert.Equal((0, 0, 0), (snapshot.BlocksInUse, snapshot.RunningSequences, snapshot.WaitingSequences));
    }
}
