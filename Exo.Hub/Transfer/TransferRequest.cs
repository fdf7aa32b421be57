using Exo.Hub.Protocol;

namespace Exo.Hub.Transfer;

/// <summary>
/// Ranges of one remote file that are to be written to a sparse local file at the same positions. A whole-file pull wants everything and names
/// the <see cref="Expected"/> hash; a slice wants some ranges and names none (each range then carries its own SHA-256 in the journal).
/// The journal lies beside the file (<see cref="JournalPath"/>) and makes a second request for the same file go on where the first stopped,
/// also with other <see cref="Wanted"/> ranges: what has landed is never asked for again.
/// </summary>
public sealed record TransferRequest
{
    /// <summary>For people: the file's path in its repository.</summary>
    public required string Name { get; init; }

    /// <summary>For people: the model whose file it is, as they name it; null where nobody named one.</summary>
    public string? Model { get; init; }

    /// <summary>The sparse file being written; made where it is missing. The caller holds its lock.</summary>
    public required string PartialPath { get; init; }

    /// <summary>The remote file's whole size in bytes.</summary>
    public required long FileByteCount { get; init; }

    /// <summary>The remote file's identity (its ETag): a journal of another identity is thrown away with its bytes.</summary>
    public required string ETag { get; init; }

    /// <summary>Where to ask: peers first, the origin last.</summary>
    public required IReadOnlyList<IRangeSource> Sources { get; init; }

    /// <summary>The ranges to fetch; null for the whole file.</summary>
    public IReadOnlyList<ByteRange>? Wanted { get; init; }

    /// <summary>What the whole file must hash to, checked as it arrives; null for a slice.</summary>
    public ContentHash? Expected { get; init; }

    /// <summary>Where a finished file is moved to by one rename; null to leave it where it is, with its journal.</summary>
    public string? FinishedPath { get; init; }

    /// <summary>Higher goes first. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>The journal of landed ranges beside the partial file.</summary>
    public string JournalPath => PartialPath + JournalSuffix;

    internal const string JournalSuffix = ".journal";
}

/// <summary>Where a transfer stands.</summary>
public enum TransferState
{
    /// <summary>Waits for its turn.</summary>
    Waiting,
    /// <summary>Bytes are coming, or landed ones of an earlier run are being checked.</summary>
    Running,
    /// <summary>Held by its user.</summary>
    Paused,
    /// <summary>All bytes are here; the last of them are being hashed and made durable.</summary>
    Finishing,
    /// <summary>All wanted bytes are on disk and, where a hash was named, verified.</summary>
    Done,
    /// <summary>Ended with an error; what is verified is kept.</summary>
    Failed,
    /// <summary>Ended by its user; what is verified is kept.</summary>
    Cancelled,
}

/// <summary>A transfer's counters at one moment. A later one's <see cref="BytesDone"/> is never smaller.</summary>
public sealed record TransferProgress
{
    /// <summary>Where it stands.</summary>
    public required TransferState State { get; init; }

    /// <summary>Bytes wanted in all.</summary>
    public required long BytesWanted { get; init; }

    /// <summary>Bytes landed, those of earlier runs included. Never goes backwards.</summary>
    public required long BytesDone { get; init; }

    /// <summary>Bytes that were here from an earlier run.</summary>
    public required long BytesResumed { get; init; }

    /// <summary>Bytes received from peers by this run, repeated ones included.</summary>
    public required long BytesFromPeers { get; init; }

    /// <summary>Bytes received from anywhere by this run, repeated ones included.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>Connections at work on it.</summary>
    public required int Connections { get; init; }

    /// <summary>The last trouble, while it is being waited out; null when all is well.</summary>
    public string? Trouble { get; init; }
}
