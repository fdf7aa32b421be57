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
    [InlineData("--silo-port", "EXO_SILO_PORT", "Exo:SiloPort")]
    [InlineData("--redis", "EXO_REDIS", "Exo:Redis")]
    public void Key_HasThreeSpellings(string option, string variable, string path)
    {
        var key = SettingKeys.All.Single(key => key.Option == option);

        Assert.Equal((variable, path), (key.Variable, key.Path));
    }
}
