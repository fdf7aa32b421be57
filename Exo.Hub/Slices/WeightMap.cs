using Exo.Hub.Protocol;
using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>One weight file and where its tensors lie, as its header says.</summary>
public sealed class WeightFile
{
    /// <param name="file">The file as the hub lists it.</param>
    /// <param name="headerByteCount">Bytes before the first tensor's.</param>
    /// <param name="tensors">In any order; they lie inside the file and do not overlap.</param>
    internal WeightFile(HubFile file, long headerByteCount, IEnumerable<WeightTensor> tensors)
    {
        File = file;
        HeaderByteCount = headerByteCount;
        Tensors = [.. tensors.OrderBy(tensor => tensor.Range.Start)];
    }

    /// <summary>The file as the hub lists it.</summary>
    public HubFile File { get; }

    /// <summary>Bytes before the first tensor's.</summary>
    public long HeaderByteCount { get; }

    /// <summary>In the order of their bytes.</summary>
    public IReadOnlyList<WeightTensor> Tensors { get; }

    /// <summary>
    /// The ranges that carry a hash of their own: the header and each tensor, cut into pieces from its first byte on. They depend on the file
    /// alone, so that two machines with different slices of it cut alike and can compare.
    /// </summary>
    /// <param name="pieceByteCount">The longest piece.</param>
    internal IEnumerable<ByteRange> Pieces(long pieceByteCount) =>
        Tensors.Select(tensor => tensor.Range).Prepend(new ByteRange(0, HeaderByteCount)).SelectMany(range => Cut(range, pieceByteCount));

    /// <summary>The range in pieces.</summary>
    internal static IEnumerable<ByteRange> Cut(ByteRange range, long pieceByteCount)
    {
        for (var start = range.Start; start < range.End; start += pieceByteCount)
            yield return ByteRange.FromTo(start, Math.Min(range.End, start + pieceByteCount));
    }
}

/// <summary>Where every tensor of a model at one commit lies. Made by <see cref="LayerSlicer.MapAsync"/>.</summary>
public sealed class WeightMap
{
    internal WeightMap(HubModel model, IReadOnlyList<WeightFile> files, IReadOnlyList<HubFile> smallFiles)
    {
        (Model, Files, SmallFiles) = (model, files, smallFiles);
        foreach (var tensor in files.SelectMany(file => file.Tensors))
        {
            LayerCount = Math.Max(LayerCount, tensor.Layer + 1);
            HasTiedEmbeddings &= tensor.Stage != WeightStage.OutputProjection;
        }
    }

    /// <summary>The repository and commit.</summary>
    public HubModel Model { get; }

    /// <summary>The weight files, in the order of their names.</summary>
    public IReadOnlyList<WeightFile> Files { get; }

    /// <summary>What every slice takes whole: configuration, tokenizer, templates, the weights' index.</summary>
    public IReadOnlyList<HubFile> SmallFiles { get; }

    /// <summary>One more than the highest layer that a tensor names.</summary>
    public int LayerCount { get; }

    /// <summary>No tensor is an output projection: the head uses the token embeddings.</summary>
    public bool HasTiedEmbeddings { get; } = true;

    /// <summary>Bytes of all tensors, each counted once.</summary>
    public long TensorByteCount => Files.Sum(file => file.Tensors.Sum(tensor => tensor.Range.Length));

    /// <summary>Bytes of the tensors that a slice needs; the size that a placement plans with.</summary>
    public long ByteCount(LayerSlice slice) =>
        Files.Sum(file => file.Tensors.Where(tensor => slice.Wants(tensor, HasTiedEmbeddings)).Sum(tensor => tensor.Range.Length));
}
