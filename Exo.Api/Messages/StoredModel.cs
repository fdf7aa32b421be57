using System.Text.Json.Serialization;

namespace Exo.Api;

/// <summary>A model at hand.</summary>
public sealed record StoredModel
{
    /// <summary>What to call it: an alias, or "org/name".</summary>
    public required string Name { get; init; }

    public required StoredModelKind Kind { get; init; }

    /// <summary>The commit of a pulled model, else null.</summary>
    public string? Revision { get; init; }

    /// <summary>Bytes on the disk, files that several revisions share counted once.</summary>
    public required long ByteCount { get; init; }

    /// <summary>False while files are missing: an interrupted pull.</summary>
    public bool Complete { get; set; } = true;

    public DateTimeOffset? Modified { get; init; }

    /// <summary>The folder or file on the machine that holds it.</summary>
    public required string Path { get; init; }

    /// <summary>Of a GGUF repository, the quantisations that are here and whole; null where there are none.</summary>
    public IReadOnlyList<StoredVariant>? Variants { get; init; }
}

/// <summary>A quantisation at hand.</summary>
/// <param name="Name">What to call it: "org/name:Q4_K_M".</param>
/// <param name="ByteCount">Bytes of its weights on the disk.</param>
public sealed record StoredVariant(string Name, long ByteCount);

/// <summary>Where a model at hand comes from.</summary>
[JsonConverter(typeof(SnakeCaseEnum<StoredModelKind>))]
public enum StoredModelKind
{
    /// <summary>Shipped with the program.</summary>
    Sample,

    /// <summary>Pulled into the store, by Exo or by another program that keeps the same layout.</summary>
    Pulled,
}

/// <summary>What a removal freed.</summary>
/// <param name="FreedByteCount">Bytes; files that other revisions share stay and don't count.</param>
public sealed record RemovedModel(string Name, long FreedByteCount);
