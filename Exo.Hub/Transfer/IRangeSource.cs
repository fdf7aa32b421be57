namespace Exo.Hub.Transfer;

/// <summary>
/// Somewhere the bytes of one file can be had: the hub, or a peer that mirrors it. Called from the engine's own connection threads, so it
/// blocks; never called from a thread-pool thread. Safe for use by several threads at once.
/// </summary>
public interface IRangeSource
{
    /// <summary>For people and journals: a host and port, without secrets.</summary>
    string Name { get; }

    /// <summary>Whether this is a peer: asked before the origin, trusted less, and given up without failing the transfer.</summary>
    bool IsPeer { get; }

    /// <summary>Whether it is another machine's store and no hub: what is wrong with its bytes is to be mended there. Some are known for one once they have answered.</summary>
    bool IsMirror => IsPeer;

    /// <summary>What it says it holds, so that nothing else is asked of it; null where it may hold anything. Never changed once given out.</summary>
    RangeSet? Advertised => null;

    /// <summary>Asks for a range of the file and returns when the answer's head is here.</summary>
    /// <param name="range">The bytes wanted; null for the whole file without a Range header.</param>
    /// <param name="cancellationToken">Ends the asking. Reading is ended by <see cref="RangeAnswer.Abort"/>.</param>
    /// <exception cref="SourceException">The source does not give the range; its kind says what that means.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    RangeAnswer Open(ByteRange? range, CancellationToken cancellationToken);
}

/// <summary>The open answer to one <see cref="IRangeSource.Open"/>.</summary>
public abstract class RangeAnswer : IDisposable
{
    /// <summary>Reads what has come, at least a byte; 0 at the body's end. Blocks.</summary>
    /// <exception cref="IOException">The connection broke, or <see cref="Abort"/> was called.</exception>
    public abstract int Read(Span<byte> destination);

    /// <summary>Ends the answer from any thread, also while another one is blocked in <see cref="Read"/>.</summary>
    public abstract void Abort();

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>What a failed asking means for the transfer.</summary>
public enum SourceFailure
{
    /// <summary>Try again later: broken connections, 408, 429, 5xx, nonsense that may pass.</summary>
    Transient,
    /// <summary>This source lacks this range (404 or 416 of a peer that is itself still loading).</summary>
    RangeNotHere,
    /// <summary>The source answers 200 with the whole file to a Range request; it can only be read from the start.</summary>
    RangesIgnored,
    /// <summary>The source's bytes are not the ones announced: another ETag, size or commit. What came from it is dropped.</summary>
    ContentChanged,
    /// <summary>Asking again cannot help; <see cref="Exception.InnerException"/> is the <see cref="HubException"/> for people.</summary>
    Fatal,
}

/// <summary>A source does not give what was asked.</summary>
public sealed class SourceException : Exception
{
    /// <param name="failure">What that means for the transfer.</param>
    /// <param name="message">What happened, for the log and for the message when patience ends. Control characters in it are written out.</param>
    /// <param name="innerException">The cause.</param>
    public SourceException(SourceFailure failure, string message, Exception? innerException = null)
        : base(HubException.OneLine(message), innerException) => Failure = failure;

    /// <summary>What that means for the transfer.</summary>
    public SourceFailure Failure { get; }

    /// <summary>How long the server asks to be left alone; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the server is asked too much (429, 503): fewer connections may help.</summary>
    public bool AsksForLess { get; init; }

    /// <summary>The kind to fail with when patience ends.</summary>
    public HubError Error { get; init; } = HubError.ServerFailing;
}
