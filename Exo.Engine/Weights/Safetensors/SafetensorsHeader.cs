using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;

namespace Exo.Engine.Weights.Safetensors;

/// <summary>
/// Reads the header of one safetensors file: eight bytes of length, then JSON {name: {dtype, shape, data_offsets}}, then the
/// tensors without gap or overlap. Nothing in it is believed before it is checked; what is accepted is what the format's
/// reference implementation accepts. Source: huggingface/safetensors, README "Format".
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>The reference implementation's limit, in bytes.</summary>
    public const int MaxByteCount = 100_000_000;

    private const int LengthByteCount = 8;

    /// <summary>The tensors, in the order of their bytes.</summary>
    /// <exception cref="InvalidModelException">The header is not what it must be.</exception>
    public static IReadOnlyList<SafetensorsTensor> Read(MappedFile file)
    {
        if (file.Length < LengthByteCount)
            throw new InvalidModelException(file.Path, null, $"is {file.Length} bytes long: too short for a safetensors file");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(file.Bytes(0, LengthByteCount));
        if (length > (ulong)(file.Length - LengthByteCount))
            throw new InvalidModelException(file.Path, null, $"its header claims {length} bytes, the file has {file.Length - LengthByteCount} after the length");
        if (length > MaxByteCount)
            throw new InvalidModelException(file.Path, null, $"its header claims {length} bytes; at most {MaxByteCount} are accepted");
        return Parse(file.Path, file.Bytes(LengthByteCount, (int)length), file.Length);
    }

    /// <param name="file">The path, for messages.</param>
    /// <param name="json">The header without its length.</param>
    /// <param name="fileByteCount">Length of the whole file.</param>
    /// <exception cref="InvalidModelException">The header is not what it must be.</exception>
    public static IReadOnlyList<SafetensorsTensor> Parse(string file, ReadOnlySpan<byte> json, long fileByteCount)
    {
        if (!Utf8.IsValid(json)) throw new InvalidModelException(file, null, "the header is not UTF-8");
        var tensors = ReadTensors(file, json, LengthByteCount + json.Length);
        tensors.Sort((a, b) => (a.Start, a.ByteCount).CompareTo((b.Start, b.ByteCount)));
        CheckTiling(file, tensors, LengthByteCount + json.Length, fileByteCount);
        return tensors;
    }

    private static List<SafetensorsTensor> ReadTensors(string file, ReadOnlySpan<byte> json, long dataStart)
    {
        var tensors = new List<SafetensorsTensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var name = "";
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
            reader.Next();
            reader.Expect(JsonTokenType.StartObject, "the header is no JSON object");
            while (reader.Next() == JsonTokenType.PropertyName)
            {
                name = reader.GetString()!;
                if (!names.Add(name)) throw new FormatException("the name stands twice in the header");
                reader.Next();
                if (name == "__metadata__") SkipMetadata(ref reader);
                else tensors.Add(SafetensorsEntry.Read(ref reader, name, dataStart));
            }

            name = "";
            reader.Read(); // throws where anything but white space follows
            return tensors;
        }
        catch (Exception problem) when (problem is JsonException or FormatException or InvalidOperationException)
        {
            var what = problem is FormatException ? problem.Message : $"the header is not valid JSON: {problem.Message}";
            throw new InvalidModelException(file, name.Length == 0 ? null : name, what, problem);
        }
    }

    private static void CheckTiling(string file, List<SafetensorsTensor> tensors, long dataStart, long fileByteCount)
    {
        var expected = dataStart;
        foreach (var tensor in tensors)
        {
            if (tensor.ByteCount > fileByteCount - tensor.Start)
                throw new InvalidModelException(file, tensor.Name, $"ends at byte {(Int128)tensor.Start + tensor.ByteCount}, the file at {fileByteCount}: it was cut short");
            if (tensor.Start != expected)
                throw new InvalidModelException(file, tensor.Name, tensor.Start < expected ? "overlaps the tensor before it" : "has a hole before it");
            expected = tensor.Start + tensor.ByteCount;
        }

        if (expected != fileByteCount)
            throw new InvalidModelException(file, null, $"its tensors end at byte {expected}, the file at {fileByteCount}");
    }

    private static void SkipMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null) return;
        reader.Expect(JsonTokenType.StartObject, "is no object");
        while (reader.Next() == JsonTokenType.PropertyName)
        {
            reader.Next();
            reader.Expect(JsonTokenType.String, "holds something other than text");
        }
    }
}
