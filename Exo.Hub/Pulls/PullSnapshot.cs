using Exo.Hub.Transfer;

namespace Exo.Hub.Pulls;

/// <summary>What a pull is doing.</summary>
public enum PullPhase
{
    /// <summary>Waits for disk room, connections or another process.</summary>
    Waiting,
    /// <summary>Bytes are coming.</summary>
    Fetching,
    /// <summary>Held by its user.</summary>
    Paused,
    /// <summary>The last bytes are being hashed and the snapshot is put together.</summary>
    Finishing,
    /// <summary>All files are verified and in the store.</summary>
    Done,
    /// <summary>Ended with an error; a later pull goes on where this one stopped.</summary>
    Failed,
    /// <summary>Ended by its user; a later pull goes on where this one stopped.</summary>
    Cancelled,
}

/// <summary>Everything there is to say about a pull at one moment. Idempotent: the latest one is the truth, none needs the ones before.</summary>
public sealed record PullSnapshot
{
    /// <summary>Counts up; a larger one is later.</summary>
    public required long Version { get; init; }

    /// <summary>The model as it was asked for.</summary>
    public required string Model { get; init; }

    /// <summary>The commit being fetched.</summary>
    public required string Commit { get; init; }

    /// <summary>What the pull is doing.</summary>
    public required PullPhase Phase { get; init; }

    /// <summary>All files' sizes together, in bytes.</summary>
    public required long BytesTotal { get; init; }

    /// <summary>Bytes in the store. Never goes backwards; equal to <see cref="BytesTotal"/> only when all is fetched.</summary>
    public required long BytesDone { get; init; }

    /// <summary>Of <see cref="BytesDone"/>, what was here before this pull began.</summary>
    public required long BytesFromCache { get; init; }

    /// <summary>Bytes that peers gave to this pull.</summary>
    public required long BytesFromPeers { get; init; }

    /// <summary>Bytes received by this pull, repeated ones included.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>Smoothed over some seconds; 0 while nothing comes.</summary>
    public required double BytesPerSecond { get; init; }

    /// <summary>Time left at this speed; null while it cannot be told.</summary>
    public TimeSpan? TimeLeft { get; init; }

    /// <summary>Time since the pull began.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Connections at work.</summary>
    public required int Connections { get; init; }

    /// <summary>The trouble being waited out, in words; null when all is well.</summary>
    public string? Trouble { get; init; }

    /// <summary>Why it failed, in words; null otherwise.</summary>
    public string? Failure { get; init; }

    /// <summary>Each file, in the plan's order.</summary>
    public required IReadOnlyList<FileSnapshot> Files { get; init; }
}

/// <summary>One file of a pull at one moment.</summary>
/// <param name="Path">Its path in the repository.</param>
/// <param name="State">Where it stands.</param>
/// <param name="BytesTotal">Its size in bytes.</param>
/// <param name="BytesDone">Bytes in the store; never goes backwards.</param>
/// <param name="Connections">Connections at work on it.</param>
public sealed record FileSnapshot(string Path, TransferState State, long BytesTotal, long BytesDone, int Connections);

/// <summary>What a finished pull leaves.</summary>
public sealed record PullResult
{
    /// <summary>The folder that holds the files under their own names.</summary>
    public required string SnapshotFolder { get; init; }

    /// <summary>The commit.</summary>
    public required string Commit { get; init; }

    /// <summary>All files' sizes together, in bytes.</summary>
    public required long BytesTotal { get; init; }

    /// <summary>Bytes this pull received, repeated ones included.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>From start to verified.</summary>
    public required TimeSpan Elapsed { get; init; }
}
