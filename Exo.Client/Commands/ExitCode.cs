using Exo.Api;
using Exo.Client.Terminal;

namespace Exo.Client.Commands;

/// <summary>What the process ends with. docs/console.md says the same to people.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>Something went wrong that none of the others names.</summary>
    public const int Failure = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>The model is not there, or its files are not what they must be.</summary>
    public const int Model = 3;

    /// <summary>The hub or server can't be reached or refuses, or the disk is full: run it again once that is mended.</summary>
    public const int Unavailable = 4;

    /// <summary>Ctrl-C: 128 + SIGINT.</summary>
    public const int Cancelled = 130;

    /// <summary>Whoever read the output has gone: 128 + SIGPIPE.</summary>
    public const int OutputClosed = 141;

    /// <summary>128 + SIGTERM.</summary>
    public const int Terminated = 143;

    public static int Of(ExoErrorKind kind) => kind switch
    {
        ExoErrorKind.BadRequest => Usage,
        ExoErrorKind.ModelNotFound or ExoErrorKind.ModelNotPulled or ExoErrorKind.InvalidModel => Model,
        ExoErrorKind.Unavailable or ExoErrorKind.Forbidden or ExoErrorKind.DiskFull => Unavailable,
        _ => Failure,
    };

    public static int Of(StopSignal? signal) => signal == StopSignal.Terminate ? Terminated : Cancelled;
}
