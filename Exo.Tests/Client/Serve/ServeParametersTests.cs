using System.CommandLine;
using Exo.Client.Serve;

namespace Exo.Tests.Client.Serve;

public sealed class ServeParametersTests
{
    [Theory]
    [InlineData("12G", 12L << 30)]
    [InlineData("12GiB", 12L << 30)]
    [InlineData("12GB", 12_000_000_000)]
    [InlineData("0", null)]
    [InlineData("1000000T", null)]
    [InlineData("much", null)]
    public void MemoryLimit_ASize_IsReadAsEverywhere(string text, long? expected)
    {
        var option = ServeParameters.MemoryLimitOption();

        var parsed = new RootCommand { option }.Parse(["--memory-limit", text]);

        Assert.Equal(expected is null, parsed.Errors.Count > 0);
        if (expected is not null) Assert.Equal(expected, parsed.GetValue(option));
    }
}
