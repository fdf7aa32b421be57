using Exo.Client.Commands;
using Exo.Hub;

namespace Exo.Tests.Client.Commands;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--help")]
    [InlineData]
    public async Task Exo_Help_HasCommandsExamplesAndExitCodes(params string[] arguments)
    {
        var run = new ExoRun();

        Assert.Equal(0, await run.RunAsync(arguments));

        foreach (var word in (string[])["run", "pull", "list", "show", "verify", "rm", "tokenize", "Examples:", "Exit codes:", "130"]) Assert.Contains(word, run.Output);
    }

    [Theory]
    [InlineData("run", "--prompt-ids")]
    [InlineData("pull", "--limit-rate")]
    [InlineData("tokenize", "--no-special")]
    [InlineData("show", "org/name[:variant][@revision]")]
    [InlineData("list", "Examples:")]
    [InlineData("rm", "Examples:")]
    [InlineData("verify", "Examples:")]
    public async Task Exo_HelpOfACommand_NamesItsOptions(string command, string expected)
    {
        var run = new ExoRun();

        Assert.Equal(0, await run.RunAsync(command, "--help"));

        Assert.Contains(expected, run.Output);
        Assert.Contains("Examples:", run.Output);
    }

    [Fact]
    public async Task Exo_Version_IsOneLine()
    {
        var run = new ExoRun();

        Assert.Equal(0, await run.RunAsync("--version"));
        Assert.Matches(@"^exo \d+\.\d+\.\d+\n$", run.Output);
    }

    [Fact]
    public async Task Exo_VariableThatMakesNoSense_IsOneLineAndExitCode2()
    {
        var console = new FakeConsole();

        var code = await ExoCommandLine.RunAsync(["list"], console, _ => throw new HubException(HubError.UnsafeName, "EXO_DISK_MARGIN is 'x', which is no size."));

        Assert.Equal((2, "exo: EXO_DISK_MARGIN is 'x', which is no size.\n"), (code, console.Errors.ToString()));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("run")]
    [InlineData("show")]
    [InlineData("show", "a", "b")]
    public async Task Exo_WrongCommandLine_IsOneLineAndExitCode2(params string[] arguments)
    {
        var run = new ExoRun();

        Assert.Equal(2, await run.RunAsync(arguments));

        Assert.StartsWith("exo: ", run.Errors);
        Assert.Contains("--help", run.Errors);
        Assert.Equal(1, run.Errors.Count(character => character == '\n'));
        Assert.Equal("", run.Output);
    }
}
