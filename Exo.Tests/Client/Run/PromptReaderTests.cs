using Exo.Api;
using Exo.Client.Commands;

namespace Exo.Tests.Client.Run;

public sealed class PromptReaderTests
{
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
    public async Task Run_LongPipedInput_IsReadToItsEnd()
    {
        var text = string.Join(' ', Enumerable.Range(0, 50_000));
        var run = new ExoRun().Piping(text);

        await run.RunAsync("run", "m");

        Assert.Equal(text, run.Service.Asked[0].Messages![0].Content);
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
    public async Task Run_NeitherPromptNorPipedText_EndsALoadThatWouldTakeLong()
    {
        var isEnded = false;
        var run = new ExoRun();
        run.Service.Loading = async token =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            isEnded = true;
            token.ThrowIfCancellationRequested();
        };

        Assert.Equal(ExitCode.Usage, await run.RunAsync("run", "m"));

        Assert.StartsWith("exo: there is no prompt", run.Errors);
        Assert.True(isEnded);
    }

    [Fact]
    public async Task Run_PipeThatNeverSpeaks_IsGivenUpWhereThereIsAPrompt()
    {
        using var pipe = new SilentPipe();
        var run = new ExoRun { Console = new FakeConsole { In = pipe }, Time = new HurriedTime() };

        Assert.Equal(0, await run.RunAsync("run", "m", "Hi"));

        Assert.Equal("Hi", run.Service.Asked[0].Messages![0].Content);
        Assert.Contains("waiting for piped input", run.Errors);
        Assert.Contains("going on with the prompt alone", run.Errors);
        Assert.Equal("Hello, you.\n", run.Output);
    }

    [Fact]
    public async Task Run_NoticesWhileBarsAreShown_StandAboveThemAndWhole()
    {
        using var pipe = new SilentPipe();
        var isShown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = new ExoRun { Console = new FakeConsole { In = pipe, ErrorIsTerminal = true, HasCursor = true }, Time = new WaitingTime(isShown.Task) };
        run.Service.LoadFailure = new ExoException(ExoErrorKind.ModelNotPulled, "not here");
        run.Service.Snapshots = [Snapshots.At(10), Snapshots.At(60), Snapshots.At(100)];
        run.Service.BeforePart = async (index, _) =>
        {
            if (index != 1 || run.Service.Asked.Count > 0) return;
            isShown.SetResult();
            await run.Console.ToldAsync("going on with the prompt alone");
        };

        Assert.Equal(0, await run.RunAsync("run", "m", "Hi"));

        var rows = Screen.Rows(run.Errors, 80);
        Assert.Equal(4, rows.Length);
        Assert.Equal(["exo: waiting for piped input (add </dev/null where there is none)", "exo: nothing was piped in; going on with the prompt alone"], rows[1..3]);
        Assert.StartsWith("Fetched and checked", rows[3]);
    }

    [Fact]
    public async Task Run_PipeThatSpeaksLate_IsWaitedForWhereThereIsNoPrompt()
    {
        using var pipe = new SilentPipe();
        var run = new ExoRun { Console = new FakeConsole { In = pipe }, Time = new HurriedTime() };

        var running = run.RunAsync("run", "m");
        await run.Console.ToldAsync("waiting for piped input");
        Assert.False(running.IsCompleted);
        pipe.Speak("late");

        Assert.Equal(0, await running);
        Assert.Equal("late", run.Service.Asked[0].Messages![0].Content);
    }

    /// <summary>Every timer is due once something has happened.</summary>
    private sealed class WaitingTime(Task happened) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            happened.ContinueWith(_ => callback(state), TaskScheduler.Default);
            return System.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Blocks its reader until it is told what to say.</summary>
    private sealed class SilentPipe : TextReader
    {
        private readonly ManualResetEventSlim _spoken = new();
        private string _text = "";

        public void Speak(string text)
        {
            _text = text;
            _spoken.Set();
        }

        public override int Read(char[] buffer, int index, int count)
        {
            _spoken.Wait();
            var length = Math.Min(count, _text.Length);
            _text.CopyTo(0, buffer, index, length);
            _text = _text[length..];
            return length;
        }

        public override string ReadToEnd() => "";

        protected override void Dispose(bool disposing) => Speak("");
    }
}
