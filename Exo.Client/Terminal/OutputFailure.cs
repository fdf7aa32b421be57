using Exo.Api;

namespace Exo.Client.Terminal;

/// <summary>What it means that standard output or error took no bytes: nobody reads there any more, or a disk failed.</summary>
internal static class OutputFailure
{
    private const int TerminalGoneUnix = 5;
    private const int NoSpaceUnix = 28;
    private const int BrokenPipeUnix = 32;
    private const int QuotaLinux = 122;
    private const int QuotaMac = 69;
    private const int DiskFullWindows = unchecked((int)0x80070070);

    /// <summary>Nobody has gone and nothing failed: the program was started without the stream.</summary>
    public static ExoException OfClosed(string name) => new(ExoErrorKind.Failure, $"{name} is closed, and what would be written there has no place: give it a file or a pipe, or /dev/null where nobody wants it");

    /// <param name="failure">The system's.</param>
    /// <param name="name">"standard output".</param>
    /// <param name="isFile">It is no pipe and no terminal: there EIO is the disk's.</param>
    public static Exception Of(IOException failure, string name, bool isFile) => failure.HResult switch
    {
        BrokenPipeUnix => new OutputClosedException(failure),
        TerminalGoneUnix when !isFile => new OutputClosedException(failure),
        NoSpaceUnix or QuotaLinux or QuotaMac or DiskFullWindows =>
            new ExoException(ExoErrorKind.DiskFull, $"{name} can't be written, its disk is full: what was written is not whole. Make room and run it again", failure),
        _ => new ExoException(ExoErrorKind.Failure, $"{name} can't be written: {failure.Message}", failure),
    };
}
