using System.Text.Json;
using Exo.Api;
using Exo.Client.Terminal;

namespace Exo.Tests.Client.Run;

/// <summary>How a run ends that doesn't end well.</summary>
public sealed class RunEndingTests
{
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_CtrlCWithJsonAndAServerThatIsGoneOrFrozen_StillWritesACancelledRecord(bool isFrozen)
    {
        var run = new ExoRun { Console = new FakeConsole { InputIsTerminal = true }, Time = new HurriedTime() };
        run.Service.TellingState = token => isFrozen ? Task.Delay(Timeout.InfiniteTimeSpan, token) : throw new ExoException(ExoErrorKind.Unavailable, "nothing listens there");
        run.Service.BeforePart = (index, _) => Task.FromResult(index == 1 && run.Console.Raise(StopSignal.Interrupt));

        Assert.Equal(130, await run.RunAsync("run", "m", "Hi", "--json", "--verbose"));

        var record = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal("cancelled", record.GetProperty("finish_reason").GetString());
        Assert.False(record.TryGetProperty("peak_memory_bytes", out _));
        Assert.DoesNotContain("peak memory", run.Errors);
        Assert.DoesNotContain("exo:", run.Errors);
    }

    [Fact]
    public async Task Run_CtrlCWithoutFigures_AsksNothingMore()
    {
        var run = new ExoRun();
        run.Service.BeforePart = (index, _) => Task.FromResult(index == 1 && run.Console.Raise(StopSignal.Interrupt));

        Assert.Equal(130, await run.RunAsync("run", "m", "Hi"));

        Assert.Equal(0, run.Service.StatesAsked);
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

    [Theory]
    [InlineData("run", "m", "Hi")]
    [InlineData("run", "m", "Hi", "--verbose")]
    public async Task Run_FailureWithControlCharacters_TellsItWithoutThem(params string[] arguments)
    {
        var run = new ExoRun { Console = FakeConsole.OnTerminal(), Service = { AnswerFailure = new ExoException(ExoErrorKind.BadRequest, "refused: \e]52;c;ZXZpbA==\a\u009b2J") } };

        Assert.Equal(2, await run.RunAsync(arguments));

        Assert.StartsWith("exo: refused: \uFFFD]52;c;ZXZpbA==\uFFFD\uFFFD2J\n", run.Errors);
        Assert.DoesNotContain(run.Errors, character => char.IsControl(character) && character != '\n');
    }

    [Fact]
    public async Task Run_AnswerThatBreaksOff_EndsItsLineBeforeSayingWhy()
    {
        var run = new ExoRun();
        run.Service.BeforePart = (index, _) => index == 2 ? throw new ExoException(ExoErrorKind.Unavailable, "the line broke off") : Task.CompletedTask;

        Assert.Equal(4, await run.RunAsync("run", "m", "Hi"));

        Assert.Equal(("Hello, \n", "exo: the line broke off\n"), (run.Output, run.Errors));
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

    private sealed class ClosedStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new OutputClosedException(new IOException("Broken pipe"));

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    }
}
