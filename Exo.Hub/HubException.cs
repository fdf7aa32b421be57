namespace Exo.Hub;

/// <summary>What kept a model from coming. Every value is an expected outcome; the exception's message says what to do.</summary>
public enum HubError
{
    /// <summary>No such repository, or a private one that anonymous callers may not know of.</summary>
    RepositoryNotFound,
    /// <summary>The repository wants its terms accepted on the web first.</summary>
    RepositoryGated,
    /// <summary>The repository was disabled by the hub.</summary>
    RepositoryDisabled,
    /// <summary>The repository exists, the branch, tag or commit does not.</summary>
    RevisionNotFound,
    /// <summary>The revision has no such file.</summary>
    FileNotFound,
    /// <summary>The token is wrong or expired, or may not read this.</summary>
    AccessDenied,
    /// <summary>The hub asks for fewer requests (429), for longer than the pull is patient.</summary>
    RateLimited,
    /// <summary>The server answers with errors (5xx, 408) or breaks off, for longer than the pull is patient.</summary>
    ServerFailing,
    /// <summary>No connection: name resolution, refusal, proxy, TLS.</summary>
    Unreachable,
    /// <summary>HF_HUB_OFFLINE is set and what was asked for is not in the store.</summary>
    Offline,
    /// <summary>The server breaks the protocol: redirect loops, wrong ranges, a web page instead of bytes.</summary>
    BadAnswer,
    /// <summary>The server holds other bytes than the ones announced for this commit.</summary>
    ContentChanged,
    /// <summary>All bytes came and their hash is wrong, also after fetching them again.</summary>
    HashMismatch,
    /// <summary>The disk has too little room, before or while writing.</summary>
    NotEnoughSpace,
    /// <summary>The store cannot be read or written: permissions, a damaged disk.</summary>
    StoreFailed,
    /// <summary>What was asked for is no name of a model or revision, HF_ENDPOINT no address, or EXO_DISK_MARGIN no size.</summary>
    UnsafeName,
    /// <summary>The server lists a file whose name could lead outside the store, or an absurd size.</summary>
    UnsafeFile,
    /// <summary>The repository has nothing that the choice of files leaves.</summary>
    NothingToPull,
    /// <summary>The model is not in the store.</summary>
    NotInStore,
    /// <summary>Another process is working on it and it may not be waited for.</summary>
    Busy,
}

/// <summary>An expected failure in getting a model. The message says what happened, to which thing, and what to do next.</summary>
public sealed class HubException : Exception
{
    /// <param name="error">Which of the expected failures.</param>
    /// <param name="message">What happened, to which thing, what to do next. Shown to people as it is, but for control characters, which are written out.</param>
    /// <param name="innerException">The cause, where one is known.</param>
    public HubException(HubError error, string message, Exception? innerException = null)
        : base(OneLine(message), innerException) => Error = error;

    /// <summary>Which of the expected failures.</summary>
    public HubError Error { get; }

    /// <summary>Names and reasons come from servers: they may break lines or steer a terminal.</summary>
    internal static string OneLine(string message) =>
        message.Any(char.IsControl) ? string.Concat(message.Select(letter => char.IsControl(letter) ? $"\\u{(int)letter:x4}" : letter.ToString())) : message;
}
