using System.Text.Json;
using System.Text.Json.Serialization;
using Exo.Hub.Protocol;
using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>What a machine holds of one file, as it tells its peers: the answer of <c>/exo/ranges</c>.</summary>
public sealed record RangeListing
{
    /// <summary>The path in the repository.</summary>
    public required string Path { get; init; }

    /// <summary>The whole file's size in bytes.</summary>
    public required long ByteCount { get; init; }

    /// <summary>The whole file's hash; null for a copy of unknown origin.</summary>
    public string? Hash { get; init; }

    /// <summary>The whole file is here and verified; <see cref="Ranges"/> is then empty.</summary>
    public required bool IsWhole { get; init; }

    /// <summary>The ranges that are here, in order.</summary>
    public required IReadOnlyList<ListedRange> Ranges { get; init; }

    /// <summary>The positions that are here.</summary>
    internal RangeSet Held() => IsWhole ? new RangeSet([new ByteRange(0, ByteCount)]) : new RangeSet(Ranges.Select(range => range.ToRange()));
}

/// <summary>One range that a machine holds.</summary>
/// <param name="Start">First byte.</param>
/// <param name="Length">Byte count.</param>
/// <param name="Sha256">Of its bytes, in hexadecimal; null where only the whole file's hash counts.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="FromPeer">Whether that was a peer in its turn, and so hearsay.</param>
public sealed record ListedRange(long Start, long Length, string? Sha256, string? Source, bool FromPeer)
{
    /// <summary>As positions.</summary>
    internal ByteRange ToRange() => new(Start, Length);
}

/// <summary>The JSON that peers exchange.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RangeListing))]
public sealed partial class RangeListingJson : JsonSerializerContext;
