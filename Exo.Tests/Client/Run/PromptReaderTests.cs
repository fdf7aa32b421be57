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
