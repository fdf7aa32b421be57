using Exo.Hub.Protocol;

namespace Exo.Hub.Pulls;

/// <summary>What a pull will do, before it does it. Made by <see cref="Puller.PlanAsync"/>, carried out by <see cref="Puller.Start"/>.</summary>
public sealed record PullPlan
{
    /// <summary>What was asked for.</summary>
    public required ModelReference Reference { get; init; }

    /// <summary>The repository and the commit it resolved to.</summary>
    public required HubModel Model { get; init; }

    /// <summary>The files that belong to the pull, smallest first, then as the repository lists them.</summary>
    public required IReadOnlyList<PlannedFile> Files { get; init; }

    /// <summary>The repository's other files and why they stay where they are.</summary>
    public required IReadOnlyList<LeftOutFile> LeftOut { get; init; }

    /// <summary>The repository's whole list, for the notes beside the snapshot; empty where the store alone was asked.</summary>
    internal IReadOnlyList<HubFile> Listing { get; init; } = [];

    /// <summary>Bytes free on the store's disk, after what other running pulls have reserved.</summary>
    public required long FreeDiskBytes { get; init; }

    /// <summary>Bytes that must become free before the pull is let in, the room that always stays free included; 0 where there is enough.</summary>
    public long ShortageBytes { get; init; }

    /// <summary>The folder that will hold the files under their own names.</summary>
    public required string SnapshotFolder { get; init; }

    /// <summary>Which files, and how urgent.</summary>
    public PullOptions Options { get; init; } = new();

    /// <summary>All files' sizes together, in bytes.</summary>
    public long TotalBytes => Files.Sum(file => file.File.ByteCount);

    /// <summary>Bytes that are in the store already, half-fetched files included.</summary>
    public long BytesHere => Files.Sum(file => file.BytesHere);

    /// <summary>Bytes still to fetch.</summary>
    public long BytesToFetch => TotalBytes - BytesHere;

    /// <summary>Whether everything is in the store already.</summary>
    public bool IsComplete => Files.All(file => file.IsComplete);
}

/// <summary>One file of a plan.</summary>
/// <param name="File">The file.</param>
/// <param name="BytesHere">Bytes of it that are in the store.</param>
/// <param name="IsComplete">Whether the whole file is in the store, under its name.</param>
public sealed record PlannedFile(HubFile File, long BytesHere, bool IsComplete);

/// <summary>A file that is not pulled.</summary>
/// <param name="File">The file.</param>
/// <param name="Reason">In a few words: "safetensors are there", "--exclude", "another quantisation".</param>
public sealed record LeftOutFile(HubFile File, string Reason);
