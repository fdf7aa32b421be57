using Exo.Api;
using Exo.Hub;
using Exo.Silo.Clustering;
using Exo.Silo.Configuration;
using Exo.Silo.Stopping;

namespace Exo.Silo.Hosting;

/// <summary>Says why the silo ends, in one line where that was to be expected, and gives the exit code.</summary>
internal static class StartFailure
{
    /// <param name="failure">What ended it.</param>
    /// <param name="signals">Whether it was told to stop.</param>
    /// <param name="errors">Where it is said.</param>
    /// <param name="isVerbose">Where an unexpected failure came from is told too.</param>
    public static int Tell(Exception failure, StopSignals signals, TextWriter errors, bool isVerbose)
    {
        switch (failure)
        {
            case OperationCanceledException when signals.First.IsCancellationRequested:
                return ExitCode.Success; // Told to stop while it started.
            case UnreachableClusterException:
                errors.WriteLine($"exo-silo: {failure.Message}");
                return ExitCode.Unavailable;
            case SettingException or HubException or ExoException:
                errors.WriteLine($"exo-silo: {failure.Message}");
                return ExitCode.Usage;
            default:
                errors.WriteLine($"exo-silo: unexpected {failure.GetType().Name}: {failure.Message.ReplaceLineEndings(" ")}{(isVerbose ? "" : " (--verbose shows where)")}");
                if (isVerbose) errors.WriteLine(failure);
                return ExitCode.Failure;
        }
    }
}
