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
            Expect(ref reader, JsonTokenType.StartObject);
            while (Next(ref reader) == JsonTokenType.PropertyName)
            {
                name = reader.GetString()!;
                if (!names.Add(name)) throw new FormatException("the name stands twice in the header");
                Next(ref reader);
                if (name == "__metadata__") SkipMetadata(ref reader);
                else tensors.Add(ReadTensor(ref reader, name, dataStart));
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

    private static SafetensorsTensor ReadTensor(ref Utf8JsonReader reader, string name, long dataStart)
    {
        Check(ref reader, JsonTokenType.StartObject, "its entry is no object");
        string? typeName = null;
        int[]? shape = null;
        long[]? offsets = null;
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("dtype"u8) && Once(typeName, "dtype"))
            {
                Next(ref reader);
                Check(ref reader, JsonTokenType.String, "dtype is no text");
                typeName = reader.GetString()!;
            }
            else if (reader.ValueTextEquals("shape"u8) && Once(shape, "shape"))
            {
                Next(ref reader);
                shape = [.. ReadNumbers(ref reader, "shape").Select(Dimension)];
            }
            else if (reader.ValueTextEquals("data_offsets"u8) && Once(offsets, "data_offsets"))
            {
                Next(ref reader);
                offsets = ReadNumbers(ref reader, "data_offsets");
            }
            else
            {
                reader.Skip();
            }
        }

        if (typeName is null || shape is null || offsets is null) throw new FormatException("its entry lacks dtype, shape or data_offsets");
        return Checked(name, typeName, shape, offsets, dataStart);
    }

    private static SafetensorsTensor Checked(string name, string typeName, int[] shape, long[] offsets, long dataStart)
    {
        var bits = SafetensorsTensor.BitsOf(typeName) ?? throw new FormatException($"unknown dtype \"{typeName}\"");
        if (offsets is not [var begin, var end] || begin > end) throw new FormatException($"data_offsets [{string.Join(", ", offsets)}] is no range");
        Int128 elements = 1;
        foreach (var dimension in shape)
        {
            elements *= dimension;
            if (elements > long.MaxValue) throw new FormatException($"shape [{string.Join(", ", shape)}] overflows");
        }

        if (elements * bits % 8 != 0 || elements * bits / 8 != end - begin)
            throw new FormatException($"shape [{string.Join(", ", shape)}] of {typeName} does not fill its {end - begin} bytes");
        if (begin > long.MaxValue - dataStart) throw new FormatException($"data_offsets [{begin}, {end}] overflow");
        return new SafetensorsTensor(name, typeName, shape, dataStart + begin, end - begin);
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
        Check(ref reader, JsonTokenType.StartObject, "is no object");
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            Next(ref reader);
            Check(ref reader, JsonTokenType.String, "holds something other than text");
        }
    }

    private static long[] ReadNumbers(ref Utf8JsonReader reader, string key)
    {
        Check(ref reader, JsonTokenType.StartArray, $"{key} is no list");
        var numbers = new List<long>();
        while (Next(ref reader) != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
                throw new FormatException($"{key} holds something other than whole numbers from 0 to {long.MaxValue}");
            if (numbers.Count == 64) throw new FormatException($"{key} has more than 64 numbers");
            numbers.Add(number);
        }

        return [.. numbers];
    }

    private static int Dimension(long value) =>
        value <= int.MaxValue ? (int)value : throw new FormatException($"a dimension of {value} is beyond {int.MaxValue}");

    private static bool Once(object? earlier, string key) => earlier is null ? true : throw new FormatException($"{key} stands twice");

    private static JsonTokenType Next(ref Utf8JsonReader reader) =>
        reader.Read() ? reader.TokenType : throw new FormatException("the header ends within its JSON");

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        Next(ref reader);
        Check(ref reader, type, "the header is no JSON object");
    }

    private static void Check(ref Utf8JsonReader reader, JsonTokenType type, string problem)
    {
        if (reader.TokenType != type) throw new FormatException(problem);
    }
}
