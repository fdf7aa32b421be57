using Exo.Api;
using Exo.Client.Commands;

namespace Exo.Tests.Client.Run;

public sealed class RunOptionsTests
{
    [Fact]
    public async Task Run_Options_ReachTheService()
    {
        var run = new ExoRun();

        await run.RunAsync(
            "run", "m", "Hi", "--max-tokens", "9", "--temperature", "0.7", "--top-k", "40", "--top-p", "0.9", "--min-p", "0.05", "--repeat-penalty", "1.1",
            "--presence-penalty", "-0.5", "--frequency-penalty", "0.25", "--seed", "18446744073709551615", "--stop", "A", "--stop", "B", "--threads", "3", "--quant", "q4", "--context", "512");

        var asked = Assert.Single(run.Service.Asked);
        Assert.Equal(9, asked.MaxTokens);
        Assert.Equal(["A", "B"], asked.Stop);
        Assert.Equal(
            new SamplingSettings { Temperature = 0.7f, TopK = 40, TopP = 0.9f, MinP = 0.05f, RepeatPenalty = 1.1f, PresencePenalty = -0.5f, FrequencyPenalty = 0.25f, Seed = ulong.MaxValue },
            asked.Sampling);
        Assert.Equal(new LoadRequest { Model = "m", ContextLength = 512, Threads = 3, Quantization = WeightQuantization.Q4 }, Assert.Single(run.Service.Loaded));
    }

    [Fact]
    public async Task Run_NoSamplingOptions_LeavesTheChoiceToTheModel()
    {
        var run = new ExoRun();

        await run.RunAsync("run", "m", "Hi");

        Assert.Equal(new SamplingSettings(), run.Service.Asked[0].Sampling);
        Assert.Null(run.Service.Asked[0].MaxTokens);
    }

    [Theory]
    [InlineData("--temperature", "NaN")]
    [InlineData("--temperature", "-1")]
    [InlineData("--temperature", "warm")]
    [InlineData("--top-p", "0")]
    [InlineData("--top-p", "1.5")]
    [InlineData("--min-p", "2")]
    [InlineData("--top-k", "2.5")]
    [InlineData("--max-tokens", "-3")]
    [InlineData("--seed", "-1")]
    [InlineData("--threads", "0")]
    [InlineData("--prompt-ids", "1,x")]
    [InlineData("--prompt-ids", ",")]
    [InlineData("--stop", "")]
    [InlineData("--logprobs", "3")]
    [InlineData("--nonsense", "3")]
    public async Task Run_ValueOutOfRange_IsAUsageErrorInOneLine(string option, string value)
    {
        var run = new ExoRun();

        Assert.Equal(ExitCode.Usage, await run.RunAsync("run", "m", "Hi", option, value));
        Assert.StartsWith("exo: ", run.Errors);
        Assert.Contains(option, run.Errors);
        Assert.Equal(1, run.Errors.Count(character => character == '\n'));
        Assert.Empty(run.Service.Asked);
    }

    [Fact]
    public async Task Run_PromptBeginningWithAt_IsNoResponseFile()
    {
        var run = new ExoRun();

        await run.RunAsync("run", "m", "@home");

        Assert.Equal("@home", run.Service.Asked[0].Messages![0].Content);
    }

    [Fact]
    public async Task Run_PromptBehindTwoDashes_MayLookLikeAnOption()
    {
        var run = new ExoRun();

        await run.RunAsync("run", "m", "--", "--json");

        Assert.Equal("--json", run.Service.Asked[0].Messages![0].Content);
    }
}
