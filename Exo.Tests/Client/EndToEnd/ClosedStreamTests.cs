namespace Exo.Tests.Client.EndToEnd;

/// <summary>The program started with a standard stream closed, as some that start others do: the runtime's own files take the free number.</summary>
public sealed class ClosedStreamTests
{
    [Fact]
    public async Task Run_InputClosedAndNoPrompt_SaysThatThereIsNone()
    {
        var result = await ExoProcess.ShellAsync("$EXO run stories <&-");

        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("exo: there is no prompt", result.Errors);
    }

    [Fact]
    public async Task Run_InputClosedAndAPrompt_AnswersIt()
    {
        var result = await ExoProcess.ShellAsync("$EXO run stories Once --max-tokens 3 --seed 1 <&-");

        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        Assert.NotEqual("", result.Output);
    }

    [Fact]
    public async Task Run_OutputClosed_SaysWhatIsWrongWithIt()
    {
        var result = await ExoProcess.ShellAsync("$EXO run stories Once --max-tokens 3 >&-");

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("exo: standard output is closed", result.Errors);
        Assert.Equal(1, result.Errors.Count(character => character == '\n'));
    }

    [Fact]
    public async Task Run_ErrorsClosed_AnswersAllTheSame()
    {
        var asUsual = await ExoProcess.ShellAsync("$EXO run stories Once --max-tokens 3 --seed 1");
        var result = await ExoProcess.ShellAsync("$EXO run stories Once --max-tokens 3 --seed 1 --verbose 2>&-");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(asUsual.Output, result.Output);
    }
}
