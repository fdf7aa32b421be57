using Exo.Silo.Hosting;
using Exo.Silo.Stopping;

namespace Exo.Grains.Tests.Silo.Hosting;

public sealed class StartFailureTests
{
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)] // And where it came from.
    public void Tell_UnexpectedFailure_IsOneLineUnlessAskedForMore(bool isVerbose, int lines)
    {
        using var signals = new StopSignals();
        var errors = new StringWriter();

        Assert.Equal(ExitCode.Failure, StartFailure.Tell(new TimeoutException("The operation\nhas timed out."), signals, errors, isVerbose));

        Assert.StartsWith("exo-silo: unexpected TimeoutException: The operation has timed out.", errors.ToString());
        Assert.True(errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length >= lines);
        Assert.Equal(!isVerbose, errors.ToString().EndsWith("(--verbose shows where)" + Environment.NewLine, StringComparison.Ordinal));
    }
}
