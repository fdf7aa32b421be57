namespace Exo.Engine.Weights.Gguf;

/// <summary>
/// What stands before the weights in a GGUF file, versions 2 and 3: key-values and where each tensor lies. Nothing in it is believed before
/// it is checked, and no more memory is taken than the file's own bytes justify. Source: ggml's docs/gguf.md.
/// </summary>
internal sealed class GgufHeader
{
    private const int MaxDimensions = 4;
    private const int MaxKeyLength = 65535;

    private GgufHeader(string path, long fileByteCount, GgufMetadata metadata, IReadOnlyList<GgufTensor> tensors)
    {
        Path = path;
        FileByteCount = fileByteCount;
        Metadata = metadata;
        Tensors = tensors;
    }

    public string Path { get; }

    /// <summary>Length of the whole file.</summary>
    public long FileByteCount { get; }

    public GgufMetadata Metadata { get; }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<GgufTensor> Tensors { get; }

    /// <exception cref="InvalidModelException">The header is not what it must be.</exception>
    public static GgufHeader Read(MappedFile file) => Parse(file.Path, file.Bytes(0, (int)Math.Min(file.Length, int.MaxValue)), file.Length);

    /// <param name="path">The file, for messages.</param>
    /// <param name="start">The file's first bytes, all of its header among them.</param>
    /// <param name="fileByteCount">Length of the whole file.</param>
    /// <exception cref="InvalidModelException">The header is not what it must be.</exception>
    public static GgufHeader Parse(string path, ReadOnlySpan<byte> start, long fileByteCount)
    {
        var cursor = new GgufCursor(path, start);
        if (start.Length < 24 || !cursor.Bytes(4, null).SequenceEqual("GGUF"u8))
            throw new InvalidModelException(path, null, "is no GGUF file");
        var version = cursor.UInt32(null);
        if (version is not (2 or 3))
            throw new InvalidModelException(path, null, (version & 0xFFFF) == 0
                ? "is a big-endian GGUF file, which is not supported"
                : $"is of GGUF version {version}; 2 and 3 are supported");
        var tensorCount = cursor.UInt64(null);
        var keyCount = cursor.UInt64(null);

        var metadata = ReadMetadata(ref cursor, keyCount);
        var alignment = Alignment(path, metadata);
        var tensors = ReadTensors(ref cursor, tensorCount);
        var dataStart = (cursor.Position + alignment - 1) / alignment * alignment;
        return new GgufHeader(path, fileByteCount, metadata, Place(path, tensors, dataStart, fileByteCount, alignment));
    }

    private static GgufMetadata ReadMetadata(ref GgufCursor cursor, ulong count)
    {
        cursor.CheckCount(count, minByteCount: 13, "the key-values");
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        for (var i = 0UL; i < count; i++)
        {
            var key = cursor.Text($"key {i}", MaxKeyLength);
            if (!values.TryAdd(key, GgufValue.Read(ref cursor, key)))
                throw cursor.Invalid(key, "the key stands twice");
        }
        return new GgufMetadata(cursor.Path, values);
    }

    private static List<GgufTensor> ReadTensors(ref GgufCursor cursor, ulong count)
    {
        cursor.CheckCount(count, minByteCount: 32, "the tensors");
        var tensors = new List<GgufTensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0UL; i < count; i++)
        {
            var name = cursor.Text($"tensor {i}", MaxKeyLength);
            if (!names.Add(name))
                throw cursor.Invalid(name, "the name stands twice");
            var dimensions = cursor.UInt32(name);
            if (dimensions is 0 or > MaxDimensions)
                throw cursor.Invalid(name, $"has {dimensions} dimensions; 1 to {MaxDimensions} are allowed");
            var shape = new long[dimensions];
            for (var d = 0; d < shape.Length; d++)
                shape[^(d + 1)] = cursor.UInt64(name) is var size and <= long.MaxValue ? (long)size : throw cursor.Invalid(name, "has a dimension beyond all measure");
            tensors.Add(GgufTensor.Create(cursor.Path, name, shape, cursor.UInt32(name), cursor.UInt64(name)));
        }
        return tensors;
    }

    private static long Alignment(string path, GgufMetadata metadata)
    {
        var alignment = metadata.Number("general.alignment") ?? 32;
        return alignment is > 0 and <= 1 << 20 && long.IsPow2(alignment)
            ? alignment
            : throw new InvalidModelException(path, "general.alignment", $"must be a power of two up to 1 MiB, and is {alignment}");
    }

    /// <summary>Turns offsets within the data into offsets within the file, each tensor inside of it and apart from the others.</summary>
    private static List<GgufTensor> Place(string path, List<GgufTensor> tensors, long dataStart, long fileByteCount, long alignment)
    {
        var placed = new List<GgufTensor>(tensors.Count);
        foreach (var tensor in tensors)
        {
            if (tensor.Start % alignment != 0)
                throw new InvalidModelException(path, tensor.Name, $"begins at {tensor.Start} of the data, no multiple of {alignment}");
            if (tensor.Start > fileByteCount - dataStart || tensor.ByteCount > fileByteCount - dataStart - tensor.Start)
                throw new InvalidModelException(path, tensor.Name, $"reaches beyond the file's end: the file has {fileByteCount} bytes; is it cut short?");
            placed.Add(tensor with { Start = dataStart + tensor.Start });
        }
        var end = dataStart;
        foreach (var tensor in placed.OrderBy(tensor => tensor.Start).ThenBy(tensor => tensor.ByteCount))
        {
            if (tensor.Start < end)
                throw new InvalidModelException(path, tensor.Name, "overlaps another tensor");
            end = tensor.Start + tensor.ByteCount;
        }
        return placed;
    }
}
