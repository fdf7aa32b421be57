using Exo.Hub.Protocol;

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

    /// <summary>The SHA-256 of the file's first bytes as the map was made from them, and how many those were: what lands later must begin alike.</summary>
    internal (int ByteCount, byte[] Sha256) Head { get; init; } = (0, []);

    /// <summary>In the order of their bytes.</summary>
    public IReadOnlyList<WeightTensor> Tensors { get; }
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

    /// <summary>How it was asked for; null for a map that was made by hand.</summary>
    internal ModelReference? Reference { get; init; }

    /// <summary>All that the hub has at the commit; empty for a map that was made without it.</summary>
    internal IReadOnlyList<HubFile> Listing { get; set; } = [];

    /// <summary>The beginnings of files that the origin was asked for already, by path.</summary>
    internal IReadOnlyDictionary<string, byte[]> Beginnings { get; set; } = new Dictionary<string, byte[]>();

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
