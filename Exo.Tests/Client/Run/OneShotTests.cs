using System.Text.Json;
using Exo.Api;
using Exo.Client.Commands;
using Exo.Client.Terminal;

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

    [Theory]
    [InlineData("text\n", new string[0], "text")]
    [InlineData("text\n", new[] { "Sum up:" }, "Sum up:\n\ntext")]
    [InlineData("", new[] { "Sum up:" }, "Sum up:")]
    [InlineData("one\ntwo\r\n", new string[0], "one\ntwo")]
    public async Task Run_PipedInput_FollowsThePrompt(string piped, string[] words, string expected)
    {
        var run = new ExoRun().Piping(piped);

        await run.RunAsync(["run", "m", .. words]);

        Assert.Equal(expected, run.Service.Asked[0].Messages![0].Content);
    }

    [Fact]
    public async Task Run_NeitherPromptNorPipedText_IsAUsageError()
    {
        var run = new ExoRun();

        Assert.Equal(ExitCode.Usage, await run.RunAsync("run", "m"));
        Assert.StartsWith("exo: there is no prompt", run.Errors);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task Run_Options_ReachTheService()
    {
        var run = new ExoRun();

        await run.RunAsync(
            "run", "m", "Hi", "--max-tokens", "9", "--temperature", "0.7", "--top-k", "40", "--top-p", "0.9", "--min-p", "0.05", "--repeat-penalty", "1.1",
            "--presence-penalty", "-0.5", "--frequency-penalty", "0.25", "--seed", "18446744073709551615", "--stop", "A", "--stop", "B", "--threads", "3", "--context", "512");

        var asked = Assert.Single(run.Service.Asked);
        Assert.Equal(9, asked.MaxTokens);
        Assert.Equal(["A", "B"], asked.Stop);
        Assert.Equal(
            new SamplingSettings { Temperature = 0.7f, TopK = 40, TopP = 0.9f, MinP = 0.05f, RepeatPenalty = 1.1f, PresencePenalty = -0.5f, FrequencyPenalty = 0.25f, Seed = ulong.MaxValue },
            asked.Sampling);
        Assert.Equal(new LoadRequest { Model = "m", ContextLength = 512, Threads = 3 }, Assert.Single(run.Service.Loaded));
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_CtrlCInTheAnswer_WritesWhatThereIsAndEndsWith130(bool quietly)
    {
        var run = new ExoRun { Service = { EndsCancelledQuietly = quietly } };
        run.Service.BeforePart = (index, _) =>
        {
            if (index == 2) Assert.True(run.Console.Raise(StopSignal.Interrupt));
            return Task.CompletedTask;
        };

        Assert.Equal(130, await run.RunAsync("run", "m", "Hi"));
        Assert.Equal("Hello, \n", run.Output);
    }

    [Fact]
    public async Task Run_CtrlCWithJson_WritesACancelledRecord()
    {
        var run = new ExoRun();
        run.Service.BeforePart = (index, _) =>
        {
            if (index == 1) run.Console.Raise(StopSignal.Interrupt);
            return Task.CompletedTask;
        };

        Assert.Equal(130, await run.RunAsync("run", "m", "Hi", "--json"));
        var record = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal("cancelled", record.GetProperty("finish_reason").GetString());
        Assert.Equal([100], record.GetProperty("token_ids").EnumerateArray().Select(id => id.GetInt32()));
        Assert.Equal(7, record.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(2L << 30, record.GetProperty("peak_memory_bytes").GetInt64());
    }

    [Fact]
    public async Task Run_SecondCtrlC_IsLeftToEndTheProcess()
    {
        var run = new ExoRun();
        run.Service.BeforePart = (index, _) =>
        {
            Assert.True(run.Console.Raise(StopSignal.Interrupt));
            Assert.False(run.Console.Raise(StopSignal.Interrupt));
            return Task.CompletedTask;
        };

        Assert.Equal(130, await run.RunAsync("run", "m", "Hi"));
    }

    [Fact]
    public async Task Run_Terminated_EndsWith143()
    {
        var run = new ExoRun();
        run.Service.BeforePart = (_, _) => Task.FromResult(run.Console.Raise(StopSignal.Terminate));

        Assert.Equal(143, await run.RunAsync("run", "m", "Hi"));
    }

    [Theory]
    [InlineData(ExoErrorKind.ModelNotFound, 3)]
    [InlineData(ExoErrorKind.InvalidModel, 3)]
    [InlineData(ExoErrorKind.BadRequest, 2)]
    [InlineData(ExoErrorKind.Unavailable, 4)]
    [InlineData(ExoErrorKind.ContextFull, 1)]
    public async Task Run_ExpectedFailure_IsOneLineAndAnExitCode(ExoErrorKind kind, int exitCode)
    {
        var run = new ExoRun { Service = { LoadFailure = new ExoException(kind, "it is\nbroken") } };

        Assert.Equal(exitCode, await run.RunAsync("run", "m", "Hi"));
        Assert.Equal("exo: it is broken\n", run.Errors);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task Run_UnexpectedFailure_ShowsAStackTraceOnlyWithVerbose()
    {
        var quiet = new ExoRun { Service = { BeforePart = (_, _) => throw new InvalidOperationException("odd") } };
        var verbose = new ExoRun { Service = { BeforePart = (_, _) => throw new InvalidOperationException("odd") } };

        Assert.Equal(1, await quiet.RunAsync("run", "m", "Hi"));
        Assert.Equal(1, await verbose.RunAsync("run", "m", "Hi", "--verbose"));
        Assert.Equal("exo: unexpected InvalidOperationException: odd (--verbose shows where)\n", quiet.Errors);
        Assert.Contains("   at ", verbose.Errors);
    }

    [Fact]
    public async Task Run_ReaderOfTheOutputGone_EndsQuietly()
    {
        var run = new ExoRun();
        run.Console.Out = new StreamWriter(new ClosedStream()) { AutoFlush = false };

        Assert.Equal(141, await run.RunAsync("run", "m", "Hi"));
        Assert.Equal("", run.Errors);
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

    private sealed class ClosedStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new OutputClosedException(new IOException("Broken pipe"));

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    }
}
