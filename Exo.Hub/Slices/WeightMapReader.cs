using System.Text.Json;
using Exo.Hub.Protocol;
using Exo.Hub.Pulls;
using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>Reads bytes of one file of the model: from the hub, or from what is already on disk.</summary>
/// <param name="file">The file.</param>
/// <param name="range">The most that is wanted.</param>
/// <param name="least">How many bytes from the range's start will do.</param>
/// <param name="cancellationToken">Ends the reading.</param>
internal delegate Task<byte[]> ReadBytes(HubFile file, ByteRange range, long least, CancellationToken cancellationToken);

/// <summary>Finds a model's weight files and reads their headers, a hundred kilobytes at a time.</summary>
internal sealed class WeightMapReader(ReadBytes read)
{
    /// <summary>Enough for the header of nearly every safetensors file at once.</summary>
    private const long FirstRead = 100_000;

    private const int FirstGgufRead = 4 << 20;
    private const long LargestIndex = 64 << 20;
    private const long LargestSmallFile = 64 << 20;
    private const int HeadersAtOnce = 8;
    private const string IndexName = "model.safetensors.index.json";
    private static readonly string[] SmallExtensions = [".json", ".txt", ".model", ".jinja", ".tiktoken"];

    /// <param name="model">The repository and commit.</param>
    /// <param name="files">Every file of the commit.</param>
    /// <param name="reference">How the model was asked for; its variant names the quantisation wanted of a GGUF repository.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HubException">There are no weights that can be cut, or a header is damaged.</exception>
    public async Task<WeightMap> ReadAsync(HubModel model, IReadOnlyList<HubFile> files, ModelReference reference, CancellationToken cancellationToken)
    {
        var (chosen, _) = FileSelection.Choose(model.RepositoryId, files, reference.Variant, new PullOptions());
        var weights = await WeightFilesAsync(model, chosen, cancellationToken).ConfigureAwait(false);
        var read = new WeightFile[weights.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = HeadersAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, read.Length, parallel, async (i, token) =>
            read[i] = IsGguf(weights[i]) ? await ReadGgufAsync(weights[i], token).ConfigureAwait(false) : await ReadSafetensorsAsync(weights[i], token).ConfigureAwait(false)).ConfigureAwait(false);

        var small = chosen.Where(file => !weights.Contains(file) && !file.Path.Contains('/') && file.ByteCount <= LargestSmallFile
            && SmallExtensions.Contains(Path.GetExtension(file.Path), StringComparer.OrdinalIgnoreCase));
        return new WeightMap(model, read, [.. small.OrderBy(file => file.Path, StringComparer.Ordinal)]) { Reference = reference };
    }

    /// <summary>Of the files that a pull would take: the one GGUF quantisation, what the index names, or the one safetensors file.</summary>
    private async Task<IReadOnlyList<HubFile>> WeightFilesAsync(HubModel model, IReadOnlyList<HubFile> chosen, CancellationToken cancellationToken)
    {
        var gguf = chosen.Where(IsGguf).Where(GgufChoice.IsModel).OrderBy(file => file.Path, StringComparer.Ordinal).ToList();
        if (gguf.Count > 0) return gguf;
        var safetensors = chosen.Where(file => !file.Path.Contains('/') && file.Path.EndsWith(".safetensors", StringComparison.Ordinal)).ToList();
        if (safetensors.Find(file => file.Path == "model.safetensors") is { } single) return [single];
        if (chosen.FirstOrDefault(file => file.Path == IndexName) is { } index) return await IndexedFilesAsync(index, safetensors, cancellationToken).ConfigureAwait(false);
        return safetensors.Count == 1 ? safetensors : throw new HubException(
            HubError.NothingToPull, $"{model.RepositoryId} has neither one safetensors file, nor an index of several, nor GGUF weights, so it cannot be cut into layers. Pull it whole, or choose another repository.");
    }

    private async Task<IReadOnlyList<HubFile>> IndexedFilesAsync(HubFile index, IReadOnlyList<HubFile> files, CancellationToken cancellationToken)
    {
        if (index.ByteCount > LargestIndex) throw Bad(index, $"has {index.ByteCount} bytes");
        var names = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            using var json = JsonDocument.Parse(await read(index, new ByteRange(0, index.ByteCount), index.ByteCount, cancellationToken).ConfigureAwait(false), new JsonDocumentOptions { MaxDepth = 16 });
            foreach (var entry in json.RootElement.GetProperty("weight_map").EnumerateObject()) names.Add(entry.Value.GetString() ?? "");
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw Bad(index, "has no readable weight_map", problem);
        }
        if (names.Count == 0) throw Bad(index, "names no file");
        // Only what the commit lists is taken, so a name in the index leads nowhere else.
        return [.. names.Select(name => files.FirstOrDefault(file => file.Path == name) ?? throw Bad(index, $"names a file that the repository has not"))];
    }

    private async Task<WeightFile> ReadSafetensorsAsync(HubFile file, CancellationToken cancellationToken)
    {
        var start = await read(file, new ByteRange(0, Math.Min(FirstRead, file.ByteCount)), Math.Min(8, file.ByteCount), cancellationToken).ConfigureAwait(false);
        var length = SafetensorsHeader.ByteCount(file, start);
        if (length > start.Length)
        {
            var rest = await read(file, ByteRange.FromTo(start.Length, length), length - start.Length, cancellationToken).ConfigureAwait(false);
            start = [.. start, .. rest];
        }
        return SafetensorsHeader.Read(file, start.AsSpan(0, (int)length));
    }

    private async Task<WeightFile> ReadGgufAsync(HubFile file, CancellationToken cancellationToken)
    {
        byte[] start = [];
        for (long length = FirstGgufRead; ; length *= 4)
        {
            length = Math.Min(length, Math.Min(file.ByteCount, GgufHeader.MaxByteCount));
            if (start.Length < length) start = [.. start, .. await read(file, ByteRange.FromTo(start.Length, length), 1, cancellationToken).ConfigureAwait(false)];
            if (GgufHeader.Read(file, start) is { } header) return header;
            if (start.Length == Math.Min(file.ByteCount, GgufHeader.MaxByteCount)) throw Bad(file, "has a header without end");
        }
    }

    private static bool IsGguf(HubFile file) => file.Path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);

    private static HubException Bad(HubFile file, string what, Exception? cause = null) =>
        new(HubError.BadAnswer, $"{file.Path} {what}. Try another revision, or tell its author.", cause);
}
