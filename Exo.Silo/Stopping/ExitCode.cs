namespace Exo.Silo.Stopping;

/// <summary>What the process ends with. docs/cluster.md says the same to people; the console's codes mean the same.</summary>
internal static class ExitCode
{
    /// <summary>Told to stop, and everything was handed over or ended.</summary>
    public const int Success = 0;

    public const int Failure = 1;

    /// <summary>It can't run as it is set up.</summary>
    public const int Usage = 2;

    /// <summary>Redis or the other silos can't be reached: start it again once that is mended.</summary>
    public const int Unavailable = 4;

    /// <summary>The others took it for dead: start it again. EX_TEMPFAIL of sysexits.h.</summary>
    public const int DeclaredDead = 75;

    /// <summary>A second Ctrl-C.</summary>
    public const int Cancelled = 130;

    /// <summary>A second SIGTERM.</summary>
    public const int Terminated = 143;
}
