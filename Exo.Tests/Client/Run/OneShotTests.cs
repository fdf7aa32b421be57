using System.Text.Json;
using Exo.Api;
using Exo.Client.Commands;
using Exo.Tests.Hub;

namespace Exo.Tests.Client.Run;

public sealed class OneShotTests
{
    [Fact]
    public async Task Run_ChatModel_SendsOneUserMessageAndWritesTheAnswerAlone()
    {
        var run = new ExoRun();

        var exitCode = await run.RunAsync("run", "m", "Hi", "there");

        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Equal("Hello, you.\n", run.Output);
        Assert.Equal("", run.Errors);
        Assert.Equal([new ChatMessage("user", "Hi there")], Assert.Single(run.Service.Asked).Messages);
        Assert.True(run.Service.IsDisposed);
    }

    [Fact]
    public async Task Run_SystemMessage_GoesFirst()
    {
        var run = new ExoRun();

        await run.RunAsync("run", "m", "Hi", "--system", "Be brief.");

        Assert.Equal([new ChatMessage("system", "Be brief."), new ChatMessage("user", "Hi")], run.Service.Asked[0].Messages);
    }

    [Fact]
    public async Task Run_ModelThatContinuesTexts_WritesTheBeginningToo()
    {
        var run = new ExoRun { Service = { PromptStyle = PromptStyle.Continue, Answer = [" there", " was", "\n"] } };

        await run.RunAsync("run", "stories", "Once upon a time");

        Assert.Equal("Once upon a time there was\n", run.Output);
        Assert.Equal("Once upon a time", run.Service.Asked[0].Text);
        Assert.Null(run.Service.Asked[0].Messages);
    }

    [Fact]
    public async Task Run_Raw_GivesThePromptAsItIsAndWritesOnlyTheContinuation()
    {
        var run = new ExoRun();

        await run.RunAsync("run", "m", "Hi", "--raw");

        Assert.Equal("Hello, you.\n", run.Output);
        Assert.Equal("Hi", run.Service.Asked[0].Text);
    }

    [Fact]
    public async Task Run_Raw_OfAModelThatContinuesTexts_WritesOnlyTheContinuation()
    {
        var run = new ExoRun { Service = { PromptStyle = PromptStyle.Continue } };

        await run.RunAsync("run", "m", "Once", "--raw");

        Assert.Equal("Hello, you.\n", run.Output);
    }

    [Fact]
    public async Task Run_Json_WritesOneRecordWithExactlyTheseNames()
    {
        var run = new ExoRun { Service = { Ending = FinishReason.Length } };

        await run.RunAsync("run", "m", "Hi", "--json");

        var record = JsonDocument.Parse(Assert.Single(run.Output.TrimEnd('\n').Split('\n'))).RootElement;
        Assert.Equal(
            ["model", "text", "token_ids", "finish_reason", "prompt_tokens", "completion_tokens", "load_seconds", "prefill_seconds", "decode_seconds", "peak_memory_bytes"],
            record.EnumerateObject().Select(property => property.Name));
        Assert.Equal("m", record.GetProperty("model").GetString());
        Assert.Equal("Hello, you.", record.GetProperty("text").GetString());
        Assert.Equal([100, 101, 102, 103], record.GetProperty("token_ids").EnumerateArray().Select(id => id.GetInt32()));
        Assert.Equal("length", record.GetProperty("finish_reason").GetString());
        Assert.Equal(7, record.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(4, record.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(0.5, record.GetProperty("prefill_seconds").GetDouble());
        Assert.Equal(2, record.GetProperty("decode_seconds").GetDouble());
        Assert.Equal(1 << 30, record.GetProperty("peak_memory_bytes").GetInt64());
    }

    [Fact]
    public async Task Run_LoadThatFetches_CountsTheLoadingAlone()
    {
        var time = new ManualTime();
        var run = new ExoRun { Time = time };
        run.Service.Fetching = () => time.Advance(TimeSpan.FromMinutes(10));
        run.Service.Loading = _ =>
        {
            time.Advance(TimeSpan.FromSeconds(3));
            return Task.CompletedTask;
        };

        await run.RunAsync("run", "m", "--prompt-ids", "5", "--json");

        Assert.Equal(3, JsonDocument.Parse(run.Output).RootElement.GetProperty("load_seconds").GetDouble());
    }

    [Fact]
    public async Task Run_PromptIdsAndLogprobs_AreExact()
    {
        var run = new ExoRun();

        await run.RunAsync("run", "m", "--prompt-ids", "5, 17,3", "--logprobs", "4", "--json");

        Assert.Equal([5, 17, 3], run.Service.Asked[0].PromptIds!);
        Assert.Equal(4, run.Service.Asked[0].TopLogprobs);
        var record = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal("[[{\"id\":5,\"logprob\":-0.5}]]", record.GetProperty("prompt_top_logprobs").GetRawText());
        Assert.Equal(4, record.GetProperty("top_logprobs").GetArrayLength());
        Assert.Equal("[{\"id\":100,\"logprob\":-0.25}]", record.GetProperty("top_logprobs")[0].GetRawText());
    }

    [Fact]
    public async Task Run_PromptIds_ReadsNoPipe()
    {
        var run = new ExoRun().Piping("not this");

        await run.RunAsync("run", "m", "--prompt-ids", "5");

        Assert.Null(run.Service.Asked[0].Messages);
        Assert.Equal("not this", run.Console.In.ReadToEnd());
    }

    [Fact]
    public async Task Run_Verbose_EndsWithTheFiguresOnTheErrorStream()
    {
        var run = new ExoRun();

        await run.RunAsync("run", "m", "Hi", "--verbose");

        Assert.Equal("Hello, you.\n", run.Output);
        Assert.Contains("prompt       7 tokens in 0.50 s, 14.0 tokens/s", run.Errors);
        Assert.Contains("answer       4 tokens in 2.00 s, 1.5 tokens/s", run.Errors);
        Assert.Contains("peak memory  1.0 GiB", run.Errors);
        Assert.Contains("seed         42", run.Errors);
    }

    [Fact]
    public async Task Run_ContextFull_SaysSo()
    {
        var run = new ExoRun { Service = { Ending = FinishReason.Length, ContextLength = 11 } };

        await run.RunAsync("run", "m", "Hi");

        Assert.StartsWith("exo: the context of 11 tokens is full", run.Errors);
    }

    [Fact]
    public async Task Run_NoTerminal_WritesNoControlCharacters()
    {
        var run = new ExoRun { Service = { Answer = ["A\u001b[31m", "B"], LoadFailure = new ExoException(ExoErrorKind.ModelNotPulled, "fetch it") } };
        run.Service.Snapshots = [Snapshots.At(50), Snapshots.At(100)];

        Assert.Equal(0, await run.RunAsync("run", "org/name", "Hi"));

        Assert.Equal("A\u001b[31mB\n", run.Output); // What the model says is the model's; a file gets it as it is.
        Assert.DoesNotContain('\u001b', run.Errors);
        Assert.DoesNotContain('\r', run.Errors);
    }

    [Fact]
    public async Task Run_LongLoadWithoutATerminal_SaysHowFarItIs()
    {
        var run = new ExoRun { Time = new LeapingTime() };

        Assert.Equal(0, await run.RunAsync("run", "m", "Hi"));

        Assert.Equal("Loading m: 50 %\n", run.Errors);
    }

    [Fact]
    public async Task Run_MissingModel_IsFetchedAndGoesOn()
    {
        var run = new ExoRun { Service = { LoadFailure = new ExoException(ExoErrorKind.ModelNotPulled, "fetch it") } };
        run.Service.Snapshots = [Snapshots.At(50), Snapshots.At(100)];

        Assert.Equal(0, await run.RunAsync("run", "org/name", "Hi"));

        Assert.Equal("org/name", Assert.Single(run.Service.Pulled).Model);
        Assert.Equal(2, run.Service.Loaded.Count);
        Assert.Equal("Hello, you.\n", run.Output);
        Assert.Contains("org/name: 2 files", run.Errors);
    }

    /// <summary>Whoever looks twice has waited long.</summary>
    private sealed class LeapingTime : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _seconds += 10;
    }
}
