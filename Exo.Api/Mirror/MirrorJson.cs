using System.Text.Json.Serialization;

namespace Exo.Api.Mirror;

/// <summary>A model as <c>/api/models/{repository}</c> describes it; the fields that clients read.</summary>
internal sealed record ModelInfo
{
    public required string Id { get; init; }

    public required string ModelId { get; init; }

    public required string Sha { get; init; }

    public required DateTimeOffset LastModified { get; init; }

    public bool Private { get; init; }

    public bool Gated { get; init; }

    public bool Disabled { get; init; }

    public int Downloads { get; init; }

    public int Likes { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public required long UsedStorage { get; init; }

    public required IReadOnlyList<Sibling> Siblings { get; init; }
}

/// <summary>A file of <see cref="ModelInfo"/>; all but its name only when asked for with <c>blobs=true</c>.</summary>
internal sealed record Sibling([property: JsonPropertyName("rfilename")] string Path, long? Size = null, string? BlobId = null, SiblingLfs? Lfs = null);

internal sealed record SiblingLfs(string Sha256, long Size, int PointerSize);

/// <summary>A file or folder of a tree.</summary>
internal sealed record TreeEntry(string Type, string Oid, long Size, string Path, TreeLfs? Lfs = null);

/// <summary>How a tree tells of a file in large-file storage.</summary>
internal sealed record TreeLfs(string Oid, long Size, int PointerSize);

/// <summary>The question of paths-info.</summary>
internal sealed record PathsQuestion(IReadOnlyList<string>? Paths);

internal sealed record MirrorError(string Error);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ModelInfo))]
[JsonSerializable(typeof(List<TreeEntry>))]
[JsonSerializable(typeof(PathsQuestion))]
[JsonSerializable(typeof(MirrorError))]
internal sealed partial class MirrorJson : JsonSerializerContext;
