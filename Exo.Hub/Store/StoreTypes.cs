using Exo.Hub.Protocol;
using Exo.Hub.Transfer;

namespace Exo.Hub.Store;

/// <summary>A model in the store at one commit.</summary>
public sealed record StoredModel
{
    /// <summary>"org/name".</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The commit: 40 hexadecimal digits.</summary>
    public required string Commit { get; init; }

    /// <summary>Branches and tags that mean this commit here, such as "main".</summary>
    public required IReadOnlyList<string> Refs { get; init; }

    /// <summary>The folder that holds the files under their own names.</summary>
    public required string SnapshotFolder { get; init; }

    /// <summary>Whether all files the model needs are there.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>What is here of the files, in bytes, half-fetched ones by what has come; a blob that several snapshots share counts in each.</summary>
    public required long ByteCount { get; init; }

    /// <summary>The snapshot's files, in path order.</summary>
    public required IReadOnlyList<StoredFile> Files { get; init; }

    /// <summary>When the snapshot last changed.</summary>
    public required DateTimeOffset Modified { get; init; }

    /// <summary>Null where a pull has shown nothing yet.</summary>
    internal SnapshotWeights? Weights { get; init; }

    /// <summary>The GGUF quantisations that are here with all they need, in the order of their labels.</summary>
    public IReadOnlyList<StoredVariant> Variants => Weights?.Variants() ?? [];

    /// <summary>
    /// What to open: of a quantisation the GGUF file, the first where it has several parts; otherwise the folder. Null where that is not here, or not all of it.
    /// </summary>
    /// <param name="variant">The quantisation; null for the folder's weights or, without those, for the one that a pull would prefer of those that are all here.</param>
    public string? PathOf(string? variant) => Weights?.PathOf(variant) is { } path ? System.IO.Path.Combine(SnapshotFolder, path) : null;
}

/// <summary>A GGUF quantisation in the store.</summary>
/// <param name="Label">"Q4_K_M".</param>
/// <param name="ByteCount">Bytes of its parts.</param>
public sealed record StoredVariant(string Label, long ByteCount);

/// <summary>One file in the store, whole or loading.</summary>
public sealed record StoredFile
{
    /// <summary>Its path in the repository.</summary>
    public required string Path { get; init; }

    /// <summary>Where the bytes lie: a blob, a snapshot's own copy, or a sparse file that is still loading.</summary>
    public required string DiskPath { get; init; }

    /// <summary>The whole file's size in bytes.</summary>
    public required long ByteCount { get; init; }

    /// <summary>The hash its blob is named after; null for a copy whose origin is unknown.</summary>
    public ContentHash? Hash { get; init; }

    /// <summary>The ranges that are on disk and checked; null for a whole file.</summary>
    public RangeSet? Verified { get; init; }

    /// <summary>Whether the whole file is there.</summary>
    public bool IsWhole => Verified is null;

    /// <summary>Whether a crash came between the file's last byte and the disk's word for it: the next pull checks it, without fetching it again.</summary>
    internal bool IsDoubtful { get; init; }
}

/// <summary>What removing a model gave back.</summary>
/// <param name="Models">The removed snapshots: "org/name@commit".</param>
/// <param name="BytesFreed">Bytes of blobs that nothing else uses; shared ones stay.</param>
public sealed record RemovedModels(IReadOnlyList<string> Models, long BytesFreed);

/// <summary>What the store takes on disk.</summary>
/// <param name="BlobBytes">Whole files, each counted once however many snapshots show it.</param>
/// <param name="PartialBytes">Half-fetched files, counted by their landed ranges.</param>
/// <param name="FreeBytes">Free on the store's disk.</param>
/// <param name="ReservedBytes">Of those, what running pulls have reserved.</param>
public sealed record StoreUse(long BlobBytes, long PartialBytes, long FreeBytes, long ReservedBytes);

/// <summary>What checking a stored file found.</summary>
public enum FileCheck
{
    /// <summary>The bytes hash to what they should.</summary>
    Good,
    /// <summary>The bytes differ; pull the model again to mend it.</summary>
    Wrong,
    /// <summary>The file belongs to the snapshot and is gone.</summary>
    Missing,
    /// <summary>A copy without a known hash; only its presence can be told.</summary>
    Unknown,
}

/// <summary>One checked file.</summary>
/// <param name="Path">Its path in the repository.</param>
/// <param name="ByteCount">Its size in bytes.</param>
/// <param name="Check">What was found.</param>
/// <param name="Detail">What differs, in words; null where all is well.</param>
public sealed record CheckedFile(string Path, long ByteCount, FileCheck Check, string? Detail = null);
