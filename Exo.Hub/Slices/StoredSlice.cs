using System.Text.Json.Serialization;
using Exo.Hub.Protocol;
using Exo.Hub.Store;
using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>
/// What a machine holds of a model that it runs only some layers of: a folder with the model's own file names, whose weight files have holes
/// where other machines' tensors lie. Every weight file's header is there, so a reader maps them as usual; a hole reads as zeros.
/// </summary>
public sealed record StoredSlice
{
    /// <summary>"org/name".</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The commit: 40 hexadecimal digits.</summary>
    public required string Commit { get; init; }

    /// <summary>The quantisation that was asked for of a GGUF repository; null otherwise.</summary>
    public string? Variant { get; init; }

    /// <summary>The folder to load from.</summary>
    public required string Folder { get; init; }

    /// <summary>The slices whose every byte is here.</summary>
    public required IReadOnlyList<LayerSlice> Ready { get; init; }

    /// <summary>The files, each with the ranges that have landed; null stands for a whole, verified one.</summary>
    public required IReadOnlyList<StoredFile> Files { get; init; }

    /// <summary>Bytes here.</summary>
    public long ByteCount => Files.Sum(file => file.Verified?.ByteCount ?? file.ByteCount);

    /// <summary>Whether every byte of the slice is here, be it from several fetches.</summary>
    public bool Has(LayerSlice slice) => Covers(Ready, slice);

    /// <summary>The range's first bytes, as many as are here and at least <paramref name="least"/>; null where there are fewer.</summary>
    internal byte[]? TryRead(HubFile file, ByteRange range, long least)
    {
        if (Files.FirstOrDefault(here => here.Path == file.Path && here.Hash == file.Hash) is not { } stored) return null;
        var bytes = new byte[Math.Min(range.Length, stored.Verified?.RangeFrom(range.Start).Length ?? range.Length)];
        if (bytes.Length < least || bytes.Length == 0) return null;
        using var handle = File.OpenHandle(stored.DiskPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return RandomAccess.Read(handle, bytes, range.Start) == bytes.Length ? bytes : null;
    }

    internal static bool Covers(IReadOnlyList<LayerSlice> ready, LayerSlice slice) =>
        (!slice.WithEmbedding || ready.Any(part => part.WithEmbedding))
        && (!slice.WithHead || ready.Any(part => part.WithHead))
        && Enumerable.Range(slice.FirstLayer, slice.EndLayer - slice.FirstLayer).All(layer => ready.Any(part => layer >= part.FirstLayer && layer < part.EndLayer));
}

/// <summary>The file that a slice's folder is known by, slice.json.</summary>
internal sealed record SliceFacts
{
    public const string FileName = "slice.json";

    public required string Repository { get; init; }

    public required string Commit { get; init; }

    public string? Variant { get; init; }

    /// <summary>Every file of the commit that a slice may take a part of.</summary>
    public required IReadOnlyList<SliceFact> Files { get; init; }

    public IReadOnlyList<LayerSlice> Ready { get; init; } = [];
}

/// <param name="Path">In the repository.</param>
/// <param name="ByteCount">The whole file's.</param>
/// <param name="Hash">The whole file's.</param>
/// <param name="IsWeights">Sparse, with a journal beside it; otherwise whole or absent.</param>
internal sealed record SliceFact(string Path, long ByteCount, string Hash, bool IsWeights)
{
    public HubFile ToFile() => new() { Path = Path, ByteCount = ByteCount, Hash = ContentHash.Parse(Hash) };
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SliceFacts))]
internal sealed partial class SliceJson : JsonSerializerContext;
