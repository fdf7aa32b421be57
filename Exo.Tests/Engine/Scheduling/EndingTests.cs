using Exo.Engine.Generation;
using Exo.Engine.Scheduling;

namespace Exo.Tests.Engine.Scheduling;

/// <summary>How answers end, and what their events say.</summary>
public sealed class EndingTests
{
    private static readonly GenerationRequest Long = Toy.Request(1, 20, 200);

    [Fact]
    public async Task Generate_MaxTokens_EndsByLengthWithThatMany()
    {
        await using var scheduler = Schedule();

        var answer = await scheduler.AnswerAsync(Long with { MaxTokens = 17 });

        Assert.Equal((FinishReason.Length, 17, 17, 20), (answer.Reason, answer.Tokens.Count, answer.Usage.CompletionTokens, answer.Usage.PromptTokens));
    }

    [Fact]
    public async Task Generate_NoMaxTokens_EndsByLengthAtTheContextsEnd()
    {
        await using var scheduler = Schedule(blocks: 3);
        Assert.Equal(96, scheduler.ContextLength);

        var answer = await scheduler.AnswerAsync(Long with { MaxTokens = null });

        Assert.Equal((FinishReason.Length, 76), (answer.Reason, answer.Tokens.Count));
        Assert.Equal(ToyModel.Generate(Long with { MaxTokens = 76 }), answer.Tokens);
    }

    [Fact]
    public async Task Generate_PromptLongerThanTheContext_ThrowsAtOnceWithBothNumbers()
    {
        await using var scheduler = Schedule(blocks: 3);

        var error = Assert.Throws<ArgumentException>(() => scheduler.GenerateAsync(Long with { Prompt = Toy.Prompt(1, 97) }));

        Assert.Contains("97 tokens", error.Message);
        Assert.Contains("holds 96", error.Message);
    }

    [Theory]
    [InlineData(0, 20)]
    [InlineData(null, 96)]
    public async Task Generate_NoRoomForAToken_OnlyRunsThePrompt(int? maxTokens, int promptLength)
    {
        await using var scheduler = Schedule(blocks: 3);

        var answer = await scheduler.AnswerAsync(Long with { Prompt = Toy.Prompt(1, promptLength), MaxTokens = maxTokens, PromptTopLogprobs = 1 });

        var only = Assert.Single(answer.Events);
        Assert.Equal((FinishReason.Length, 0, promptLength), (only.FinishReason, only.Tokens.Count, only.PromptLogprobs!.Count));
    }

    [Fact]
    public async Task Generate_EndToken_StopsAndLeavesNoText()
    {
        var request = Long with { IgnoreEos = false, MaxTokens = 2000 };
        var expected = ToyModel.Generate(request);
        Assert.Equal(ToyModel.EndToken, expected[^1]); // else the test shows nothing
        await using var scheduler = Schedule();

        var answer = await scheduler.AnswerAsync(request);

        Assert.Equal(FinishReason.Stop, answer.Reason);
        Assert.Equal(expected, answer.Tokens);
        Assert.Equal(ToyText.TextOf(expected[..^1]), answer.Text);
    }

    [Fact]
    public async Task Generate_StopTokenIds_StopBesideTheModelsOwn()
    {
        var all = ToyModel.Generate(Long);
        var stop = all[30];
        await using var scheduler = Schedule();

        var answer = await scheduler.AnswerAsync(Long with { StopTokenIds = [stop] });

        Assert.Equal(FinishReason.Stop, answer.Reason);
        Assert.Equal(all[..(all.IndexOf(stop) + 1)], answer.Tokens);
        Assert.Equal(ToyText.TextOf(answer.Tokens.SkipLast(1)), answer.Text);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(9)]
    public async Task Generate_StopString_CutsTheTextBeforeIt(int length)
    {
        var text = ToyText.TextOf(ToyModel.Generate(Long));
        var stop = text.Substring(40, length);
        await using var scheduler = Schedule();

        var answer = await scheduler.AnswerAsync(Long with { Stops = ["zzz", stop] });

        Assert.Equal(FinishReason.Stop, answer.Reason);
        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], answer.Text);
        Assert.Equal(ToyModel.Generate(Long)[..answer.Tokens.Count], answer.Tokens);
    }

    [Fact]
    public async Task Generate_StopThatNeverCompletes_ShowsTheHeldTextAtTheEnd()
    {
        var text = ToyText.TextOf(ToyModel.Generate(Long));
        await using var scheduler = Schedule();

        var answer = await scheduler.AnswerAsync(Long with { Stops = [text[^3..] + "never"] });

        Assert.Equal((FinishReason.Length, text), (answer.Reason, answer.Text));
    }

    [Fact]
    public async Task Generate_Events_CarryEachTokenWithTheTextThatCompletesIt()
    {
        await using var scheduler = Schedule();

        var answer = await scheduler.AnswerAsync(Long with { Stops = ["abcabc"] });

        List<int> tokens = [];
        var text = "";
        foreach (var item in answer.Events.SkipLast(1))
        {
            Assert.True(item.Text.Length > 0 || item.Tokens.Count > 0);
            Assert.Null(item.FinishReason);
            Assert.Null(item.Usage);
            tokens.AddRange(item.Tokens.Select(token => token.TokenId));
            text += item.Text;
            var stream = new ToyText();
            var complete = string.Concat(tokens.Select(stream.Append)); // without the half character that is still open
            Assert.StartsWith(complete, text);
        }
    }

    [Fact]
    public async Task Generate_Usage_TellsTheTimes()
    {
        var time = new ManualTime();
        await using var scheduler = Toy.Schedule(new DirectChain(ToyShard.Split(1, 40)) { After = _ => time.Advance(TimeSpan.FromSeconds(1)) }, Toy.Options with { StepTokens = 10 }, time: time);

        var usage = (await scheduler.AnswerAsync(Long with { MaxTokens = 8 })).Usage;

        Assert.Equal((0d, 2d, 7d), (usage.QueueTime.TotalSeconds, usage.PrefillTime.TotalSeconds, usage.DecodeTime.TotalSeconds));
    }

    [Fact]
    public async Task Generate_BadRequests_ThrowAtOnceNamingTheValue()
    {
        await using var scheduler = Schedule();

        Throws(Long with { Prompt = [] }, "no tokens");
        Throws(Long with { Prompt = [1, 64] }, "token 64");
        Throws(Long with { Prompt = [-1] }, "token -1");
        Throws(Long with { MaxTokens = -1 }, "MaxTokens");
        Throws(Long with { TopLogprobs = -1 }, "TopLogprobs");
        Throws(Long with { PromptTopLogprobs = -2 }, "PromptTopLogprobs");
        Throws(Long with { Stops = ["a", ""] }, "Stops");
        Throws(Long with { StopTokenIds = [99] }, "token 99");
        Throws(Long with { Sampling = new SamplingOptions { LogitBias = new Dictionary<int, float> { [64] = 1 } } }, "token 64");
        Throws(Long with { Sampling = new SamplingOptions { LogitBias = new Dictionary<int, float> { [1] = float.NaN } } }, "LogitBias[1]");
        Throws(Long with { Sampling = new SamplingOptions { Temperature = -0.5f } }, "-0.5");
        Throws(Long with { Sampling = new SamplingOptions { Temperature = float.NaN } }, "Temperature");
        Throws(Long with { Sampling = new SamplingOptions { TopP = 1.5f } }, "TopP");
        Throws(Long with { Sampling = new SamplingOptions { MinP = -1 } }, "MinP");
        Throws(Long with { Sampling = new SamplingOptions { TopK = -1 } }, "TopK");
        Throws(Long with { Sampling = new SamplingOptions { RepetitionPenalty = 0 } }, "RepetitionPenalty");
        Throws(Long with { Sampling = new SamplingOptions { PenaltyWindow = -2 } }, "PenaltyWindow");
        Throws(Long with { Sampling = new SamplingOptions { PresencePenalty = float.PositiveInfinity } }, "PresencePenalty");
        Throws(Long with { Sampling = new SamplingOptions { FrequencyPenalty = float.NaN } }, "FrequencyPenalty");

        void Throws(GenerationRequest request, string part) =>
            Assert.Contains(part, Assert.ThrowsAny<ArgumentException>(() => scheduler.GenerateAsync(request)).Message);
    }

    private static Scheduler Schedule(int blocks = 80) => Toy.Schedule(new DirectChain(ToyShard.Split(1, blocks)));

    private sealed class ManualTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref _now);

        public void Advance(TimeSpan by) => Interlocked.Add(ref _now, by.Ticks);
    }
}
