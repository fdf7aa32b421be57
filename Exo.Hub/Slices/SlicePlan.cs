using Exo.Hub.Protocol;
using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>The bytes of one weight file that a slice takes.</summary>
/// <param name="File">The file.</param>
/// <param name="Wanted">The ranges to ask for, in order: the header, the slice's tensors, and small gaps between them.</param>
public sealed record SliceFilePlan(WeightFile File, IReadOnlyList<ByteRange> Wanted);

/// <summary>Which bytes of a model a slice takes. A pure function of the map and the slice.</summary>
public sealed record SlicePlan
{
    /// <summary>How much may be fetched needlessly to save requests, as a part of what is needed.</summary>
    internal const double MostOverRead = 0.02;

    /// <summary>What a further request costs, in bytes that a line carries meanwhile; longer gaps are not worth reading.</summary>
    internal const long LongestGap = 1 << 20;

    /// <summary>The model.</summary>
    public required WeightMap Map { get; init; }

    /// <summary>What was asked for.</summary>
    public required LayerSlice Slice { get; init; }

    /// <summary>Every byte is to be asked of the origin once, over all machines that share the model.</summary>
    public bool IsExact { get; init; }

    /// <summary>Every weight file of the model; those without a tensor of the slice give their header alone.</summary>
    public required IReadOnlyList<SliceFilePlan> Files { get; init; }

    /// <summary>Bytes of the slice's tensors.</summary>
    public required long TensorByteCount { get; init; }

    /// <summary>Bytes of weight files to fetch: tensors, headers, gaps.</summary>
    public long WantedByteCount => Files.Sum(file => file.Wanted.Sum(range => range.Length));

    /// <summary>Bytes of configuration, tokenizer and index, which every slice takes whole.</summary>
    public long SmallByteCount => Map.SmallFiles.Sum(file => file.ByteCount);

    /// <summary>Plans a slice.</summary>
    /// <param name="map">The model.</param>
    /// <param name="slice">What is wanted of it.</param>
    /// <param name="exact">
    /// For machines that share a model: no gap is read to save a request, and what the map read of a file's beginning is not asked for again.
    /// </param>
    /// <exception cref="ArgumentException">The slice asks for layers that the model has not.</exception>
    public static SlicePlan Make(WeightMap map, LayerSlice slice, bool exact = false)
    {
        if (slice.FirstLayer < 0 || slice.EndLayer < slice.FirstLayer || slice.EndLayer > map.LayerCount)
            throw new ArgumentException($"The slice asks for layers {slice.FirstLayer} to {slice.EndLayer} (excluded); {map.Model.RepositoryId} has {map.LayerCount}.", nameof(slice));

        var needed = map.Files.Select(file => Needed(map, slice, file, exact)).ToArray();
        var tensorBytes = map.ByteCount(slice);
        var gap = AffordableGap(needed, exact ? 0 : (long)(tensorBytes * MostOverRead));
        return new SlicePlan
        {
            Map = map,
            Slice = slice,
            IsExact = exact,
            TensorByteCount = tensorBytes,
            Files = [.. map.Files.Select((file, i) => new SliceFilePlan(file, Coalesce(needed[i], gap)))],
        };
    }

    /// <summary>The header's range and the wanted tensors', joined where they touch.</summary>
    private static RangeSet Needed(WeightMap map, LayerSlice slice, WeightFile file, bool exact)
    {
        // What was read along with the header has been asked for once: it is kept, so that the others can have it from here.
        var beginning = exact ? map.Beginnings.GetValueOrDefault(file.File.Path, []).Length : 0;
        var needed = new RangeSet([new ByteRange(0, Math.Max(file.HeaderByteCount, beginning))]);
        foreach (var tensor in file.Tensors.Where(tensor => slice.Wants(tensor, map.HasTiedEmbeddings))) needed.Add(tensor.Range);
        return needed;
    }

    /// <summary>The longest gap such that reading all gaps up to it costs at most <paramref name="budget"/> bytes.</summary>
    private static long AffordableGap(IEnumerable<RangeSet> needed, long budget)
    {
        long affordable = 0, spent = 0;
        foreach (var length in needed.SelectMany(Gaps).Where(length => length <= LongestGap).GroupBy(length => length).OrderBy(same => same.Key))
        {
            spent += length.Key * length.Count();
            if (spent > budget) break;
            affordable = length.Key;
        }
        return affordable;
    }

    private static IEnumerable<long> Gaps(RangeSet ranges) => ranges.Skip(1).Zip(ranges, (after, before) => after.Start - before.End);

    private static List<ByteRange> Coalesce(RangeSet ranges, long gap)
    {
        var joined = new List<ByteRange>();
        foreach (var range in ranges)
        {
            if (joined.Count > 0 && range.Start - joined[^1].End <= gap) joined[^1] = ByteRange.FromTo(joined[^1].Start, range.End);
            else joined.Add(range);
        }
        return joined;
    }
}
