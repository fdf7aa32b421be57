using System.CommandLine;
using Exo.Silo.Configuration;

namespace Exo.Grains.Tests.Silo.Configuration;

public sealed class SiloCommandLineTests
{
    [Fact]
    public async Task Invoke_WithOptions_GivesThoseThatWereSet()
    {
        IReadOnlyDictionary<string, string>? given = null;
        var root = SiloCommandLine.Build(options =>
        {
            given = options;
            return Task.FromResult(7);
        });

        Assert.Equal(7, await root.Parse(["--name", "a", "--verbose"]).InvokeAsync(cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(new Dictionary<string, string> { ["--name"] = "a", ["--verbose"] = "True" }, given);
    }

    [Fact]
    public async Task Invoke_Help_NamesEverySettingItsVariableAndTheExitCodes()
    {
        var output = new StringWriter();

        await SiloCommandLine.Build(_ => Task.FromResult(0)).Parse(["--help"]).InvokeAsync(new InvocationConfiguration { Output = output }, TestContext.Current.CancellationToken);

        Assert.All(SettingKeys.All, key => Assert.Contains(key.Option, output.ToString(), StringComparison.Ordinal));
        Assert.Contains("EXO_SILO_PORT", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("75  the others took this node for dead", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--bogus", "there is no option --bogus. See 'exo-silo --help'")]
    [InlineData("extra", "'extra' has no place: a silo takes options alone. See 'exo-silo --help'")]
    [InlineData("--redis", "Required argument missing for option: '--redis'. See 'exo-silo --help'")]
    public void Complaint_ThatMakesNoSense_IsOneLine(string argument, string complaint) =>
        Assert.Equal(complaint, SiloCommandLine.Complaint(SiloCommandLine.Build(_ => Task.FromResult(0)).Parse([argument])));

    [Theory]
    [InlineData("--help")]
    [InlineData("--name", "a")]
    public void Complaint_OfACommandLineThatDoes_IsNone(params string[] arguments) =>
        Assert.Null(SiloCommandLine.Complaint(SiloCommandLine.Build(_ => Task.FromResult(0)).Parse(arguments)));

    [Fact]
    public async Task Invoke_Version_TellsTheProgramAndItsVersionAsTheConsoleDoes()
    {
        var output = new StringWriter();

        await SiloCommandLine.Build(_ => Task.FromResult(0)).Parse(["--version"]).InvokeAsync(new InvocationConfiguration { Output = output }, TestContext.Current.CancellationToken);

        Assert.Matches(@"^exo-silo \d+\.\d+\.\d+\s*$", output.ToString());
    }

    [Theory]
    [InlineData("--silo-port", "EXO_SILO_PORT", "Exo:SiloPort")]
    [InlineData("--redis", "EXO_REDIS", "Exo:Redis")]
    public void Key_HasThreeSpellings(string option, string variable, string path)
    {
        var key = SettingKeys.All.Single(key => key.Option == option);

        Assert.Equal((variable, path), (key.Variable, key.Path));
    }
}
