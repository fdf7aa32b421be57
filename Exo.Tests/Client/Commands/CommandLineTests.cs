using Exo.Client.Commands;
using Exo.Hub;

namespace Exo.Tests.Client.Commands;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--help")]
    [InlineData("help")]
    [InlineData]
    public async Task Exo_Help_HasCommandsExamplesAndExitCodes(params string[] arguments)
    {
        var run = new ExoRun();

        Assert.Equal(0, await run.RunAsync(arguments));

        foreach (var word in (string[])["run", "pull", "list", "show", "verify", "rm", "tokenize", "Examples:", "Exit codes:", "130"]) Assert.Contains(word, run.Output);
    }

    [Theory]
    [InlineData("  run <MODEL> [PROMPT] ")]
    [InlineData("  tokenize <MODEL> [TEXT] ")]
    [InlineData("  help [COMMAND] ")]
    [InlineData("  quantize <MODEL> <OUT> ")]
    public async Task Exo_Help_TellsWhichArgumentsMayBeLeftOut(string expected)
    {
        var run = new ExoRun();

        await run.RunAsync("--help");

        Assert.Contains(expected, run.Output);
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

    [Theory]
    [InlineData("run")]
    [InlineData("list")]
    [InlineData("ls")]
    public async Task Help_OfACommand_IsWhatItsOptionShows(string command)
    {
        var (asked, option) = (new ExoRun(), new ExoRun());

        Assert.Equal(0, await asked.RunAsync("help", command));
        await option.RunAsync(command, "--help");

        Assert.Contains("Examples:", asked.Output);
        Assert.Equal(option.Output, asked.Output);
    }

    [Theory]
    [InlineData("there is no command rnu: did you mean run? See 'exo --help'", "rnu", "stories", "Hi")]
    [InlineData("there is no command qantise: did you mean quantize? See 'exo --help'", "help", "qantise")]
    [InlineData("there is no command nonsense. See 'exo --help'", "nonsense")]
    [InlineData("there is no option --tempature: did you mean --temperature? See 'exo run --help'", "run", "m", "Hi", "--tempature", "1")]
    [InlineData("there is no option --tempature: did you mean --temperature? See 'exo run --help'", "run", "m", "--tempature=1", "Hi")]
    [InlineData("there is no option --dryrun: did you mean --dry-run? See 'exo pull --help'", "pull", "--dryrun", "org/name")]
    [InlineData("there is no option --hots: did you mean --host? See 'exo show --help'", "show", "m", "--hots", "there")]
    [InlineData("there is no option --versoin: did you mean --version? See 'exo --help'", "--versoin")]
    [InlineData("there is no option -n. See 'exo run --help'", "run", "m", "Hi", "-n", "20")]
    [InlineData("there is no option --jumble. See 'exo rm --help'", "rm", "--jumble")]
    public async Task Exo_MistypedWord_IsToldWithTheOneThatWasMeant(string expected, params string[] arguments)
    {
        var run = new ExoRun();

        Assert.Equal(2, await run.RunAsync(arguments));

        Assert.StartsWith($"exo: {expected}", run.Errors);
        Assert.Equal(1, run.Errors.Count(character => character == '\n'));
        Assert.Equal("", run.Output);
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
