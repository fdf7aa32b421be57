using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Exo.Hub.Protocol;
using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>
/// Reads from a GGUF header where each tensor's bytes lie, and nothing else of it. A tensor reaches to where the next one begins, so no
/// table of types is needed. Source: ggml, docs/gguf.md (versions 2 and 3, little-endian).
/// </summary>
internal static class GgufHeader
{
    /// <summary>Headers hold the vocabulary: some megabytes are common, this much is absurd.</summary>
    public const int MaxByteCount = 64 << 20;

    private const int MostTensors = 1 << 17;
    private const int MostValues = 1 << 16;
    private const int DefaultAlignment = 32;

    // Bytes of the metadata types 0 to 12; 8 is text, 9 a list.
    private static ReadOnlySpan<byte> ValueSizes => [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

    /// <summary>The file's tensors, or null when the header goes on behind <paramref name="start"/>.</summary>
    /// <exception cref="HubException"><see cref="HubError.BadAnswer"/>: the header is not what it must be.</exception>
    public static WeightFile? Read(HubFile file, ReadOnlySpan<byte> start)
    {
        var reader = new Reader(start);
        try
        {
            return Read(file, ref reader, start);
        }
        catch (EndOfHeaderException)
        {
            return null;
        }
    }

    private static WeightFile Read(HubFile file, ref Reader reader, ReadOnlySpan<byte> start)
    {
        if (!reader.Take(4).SequenceEqual("GGUF"u8)) throw Bad(file, "does not begin with GGUF");
        var version = reader.UInt32();
        if (version is not (2 or 3)) throw Bad(file, $"has version {version}; 2 and 3 can be read");
        var tensorCount = reader.UInt64();
        var valueCount = reader.UInt64();
        if (tensorCount > MostTensors || valueCount > MostValues) throw Bad(file, $"claims {tensorCount} tensors and {valueCount} values");
        var alignment = ReadAlignment(file, ref reader, (int)valueCount);

        var starts = new List<(string Name, ulong Offset)>();
        for (var i = 0; i < (int)tensorCount; i++)
        {
            var name = reader.Text();
            var dimensions = reader.UInt32();
            if (dimensions > 8) throw Bad(file, $"gives a tensor {dimensions} dimensions");
            reader.Take((int)dimensions * 8 + 4);
            starts.Add((name, reader.UInt64()));
        }
        var dataStart = (reader.Position + alignment - 1) / alignment * alignment;
        var head = start[..reader.Position];
        return new WeightFile(file, dataStart, Tensors(file, dataStart, starts)) { Head = (head.Length, SHA256.HashData(head)) };
    }

    private static List<WeightTensor> Tensors(HubFile file, long dataStart, List<(string Name, ulong Offset)> starts)
    {
        starts.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        if (starts.DistinctBy(tensor => tensor.Name).Count() < starts.Count) throw Bad(file, "names a tensor twice");
        var tensors = new List<WeightTensor>(starts.Count);
        for (var i = 0; i < starts.Count; i++)
        {
            var end = i + 1 < starts.Count ? starts[i + 1].Offset : (ulong)Math.Max(0, file.ByteCount - dataStart);
            if (end > (ulong)(file.ByteCount - dataStart) || starts[i].Offset >= end) throw Bad(file, $"puts tensor {i} outside the file or onto another");
            tensors.Add(WeightTensor.Named(starts[i].Name, ByteRange.FromTo(dataStart + (long)starts[i].Offset, dataStart + (long)end)));
        }
        return tensors;
    }

    private static long ReadAlignment(HubFile file, ref Reader reader, int valueCount)
    {
        long alignment = DefaultAlignment;
        for (var i = 0; i < valueCount; i++)
        {
            var key = reader.Text();
            var type = reader.UInt32();
            if (key == "general.alignment" && type == 4) alignment = reader.UInt32();
            else SkipValue(file, ref reader, type, 0);
        }
        return alignment is >= 1 and <= 1 << 20 ? alignment : throw Bad(file, $"wants an alignment of {alignment}");
    }

    private static void SkipValue(HubFile file, ref Reader reader, uint type, int depth)
    {
        if (type == 8) reader.SkipText();
        else if (type == 9 && depth < 4)
        {
            var element = reader.UInt32();
            var count = reader.UInt64();
            if (element < 13 && ValueSizes[(int)element] is > 0 and var size) reader.Skip(count, size);
            else
                for (ulong i = 0; i < count; i++) SkipValue(file, ref reader, element, depth + 1); // Ends with the bytes at the latest.
        }
        else if (type < 13 && type != 9) reader.Take(ValueSizes[(int)type]);
        else throw Bad(file, $"holds a value of unknown type {type}");
    }

    private static HubException Bad(HubFile file, string what) => new(
        HubError.BadAnswer, $"{file.Path} is no good GGUF file: it {what}. Try another revision, or tell its author.");

    private sealed class EndOfHeaderException : Exception;

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public int Position { get; private set; }

        public ReadOnlySpan<byte> Take(int count)
        {
            if (count > _bytes.Length - Position) throw new EndOfHeaderException();
            Position += count;
            return _bytes.Slice(Position - count, count);
        }

        public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

        public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

        public string Text() => Encoding.UTF8.GetString(Take(Length()));

        public void SkipText() => Take(Length());

        public void Skip(ulong count, int size)
        {
            if (count > (ulong)(_bytes.Length - Position) / (ulong)size) throw new EndOfHeaderException();
            Position += (int)count * size;
        }

        private int Length() => UInt64() is <= int.MaxValue and var length ? (int)length : throw new EndOfHeaderException();
    }
}
