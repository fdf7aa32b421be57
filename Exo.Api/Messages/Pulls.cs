using System.Text.Json.Serialization;

namespace Exo.Api;

/// <summary>Asks for a model from the hub.</summary>
public sealed record PullRequest
{
    /// <summary>"org/name[:variant][@revision]"</summary>
    public required string Model { get; init; }

    /// <summary>Globs of the files to fetch, these only; empty: what the model needs.</summary>
    public IReadOnlyList<string> Include { get; init => field = value ?? []; } = [];

    /// <summary>Globs of files to leave out.</summary>
    public IReadOnlyList<string> Exclude { get; init => field = value ?? []; } = [];

    /// <summary>Connections over all files; null: the default.</summary>
    public int? Connections { get; init; }

    /// <summary>Bytes a second over all connections; null: no limit.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Higher goes first where pulls compete for connections.</summary>
    public int Priority { get; init; }
}

/// <summary>Changes pulls that run. What is null stays as it is.</summary>
public sealed record PullControl
{
    /// <summary>"org/name[:variant][@revision]", as it is being pulled.</summary>
    public required string Model { get; init; }

    /// <summary>True: no further byte is asked for, and what has landed stays; false: it goes on.</summary>
    public bool? Paused { get; init; }

    /// <summary>Higher goes first where pulls compete for connections.</summary>
    public int? Priority { get; init; }

    /// <summary>A snapshot of just before, as it is once this has taken hold.</summary>
    public PullProgress Apply(PullProgress progress) => (Paused, progress.Phase) switch
    {
        (true, PullPhase.Waiting or PullPhase.Fetching) => progress with { Phase = PullPhase.Paused, BytesPerSecond = 0, SecondsLeft = null },
        (false, PullPhase.Paused) => progress with { Phase = PullPhase.Waiting },
        _ => progress,
    };
}

/// <summary>What a pull would fetch.</summary>
public sealed record PullPlan
{
    public required string Model { get; init; }

    /// <summary>The commit that the revision stands for.</summary>
    public required string Commit { get; init; }

    /// <summary>What the hub calls the repository today, where it was renamed; null otherwise. It is kept under the name that was asked for.</summary>
    public string? RenamedTo { get; init; }

    public required IReadOnlyList<PlannedFile> Files { get; init; }

    /// <summary>The repository's other files and why they stay where they are.</summary>
    public IReadOnlyList<LeftOutFile> LeftOut { get; init => field = value ?? []; } = [];

    /// <summary>Where the files go, on the machine that pulls.</summary>
    public required string Destination { get; init; }

    /// <summary>Bytes free there, what other running pulls have reserved taken off.</summary>
    public required long FreeDiskByteCount { get; init; }

    /// <summary>Bytes that must become free there before the pull is let in, the room that always stays free included; 0 where there is enough.</summary>
    public long MissingDiskByteCount { get; init; }

    public long ByteCount => Files.Sum(file => file.ByteCount);

    /// <summary>Bytes that are here already.</summary>
    public long PresentByteCount => Files.Sum(file => file.PresentByteCount);
}

/// <summary>One file of a plan.</summary>
/// <param name="PresentByteCount">Bytes of it that are here already, from an earlier or another pull.</param>
public sealed record PlannedFile(string Path, long ByteCount, long PresentByteCount);

/// <summary>A file that is not pulled, and why in a few words.</summary>
public sealed record LeftOutFile(string Path, long ByteCount, string Reason);

/// <summary>Where a pull stands: a snapshot, never a difference.</summary>
public sealed record PullProgress
{
    public required string Model { get; init; }

    public required PullPhase Phase { get; init; }

    public required long DoneByteCount { get; init; }

    public required long ByteCount { get; init; }

    /// <summary>Of the bytes done, those that were here before.</summary>
    public long CachedByteCount { get; init; }

    /// <summary>Of the bytes done, those that other machines of ours gave.</summary>
    public long PeerByteCount { get; init; }

    /// <summary>Smoothed; 0 where nothing moves.</summary>
    public double BytesPerSecond { get; init; }

    /// <summary>Null where it can't be told.</summary>
    public double? SecondsLeft { get; init; }

    public IReadOnlyList<FileProgress> Files { get; init => field = value ?? []; } = [];

    /// <summary>Something worth telling: a wait that the hub asked for, a retry. Null most of the time.</summary>
    public string? Notice { get; init; }
}

[JsonConverter(typeof(SnakeCaseEnum<PullPhase>))]
public enum PullPhase
{
    /// <summary>For disk room, connections, or another process that pulls the same.</summary>
    Waiting,

    /// <summary>Bytes are coming, and are checked as they come.</summary>
    Fetching,

    /// <summary>Held by its user.</summary>
    Paused,

    /// <summary>The last bytes are being hashed and put in place.</summary>
    Finishing,

    /// <summary>All files are verified and in the store.</summary>
    Done,
}

/// <summary>One file of a running pull.</summary>
public sealed record FileProgress(string Path, FileState State, long DoneByteCount, long ByteCount);

[JsonConverter(typeof(SnakeCaseEnum<FileState>))]
public enum FileState
{
    Waiting,
    Running,
    Paused,
    Finishing,
    Done,
}

/// <summary>Where a check stands.</summary>
public sealed record VerifyProgress
{
    public required long DoneByteCount { get; init; }

    public required long ByteCount { get; init; }

    /// <summary>The files checked so far.</summary>
    public required IReadOnlyList<VerifiedFile> Files { get; init; }

    /// <summary>No file is left to check.</summary>
    public bool Done { get; init; }
}

/// <summary>A checked file.</summary>
/// <param name="Problem">What is wrong; null where nothing is.</param>
/// <param name="HasHash">False for a file whose hash nobody wrote down: only that it is there could be checked.</param>
public sealed record VerifiedFile(string Path, string? Problem, bool HasHash = true);
