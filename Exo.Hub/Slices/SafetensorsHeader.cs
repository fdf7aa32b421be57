using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Exo.Hub.Protocol;
using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>
/// Reads from a safetensors header where each tensor's bytes lie, and nothing else of it: eight bytes of length, then JSON
/// {name: {dtype, shape, data_offsets}}, offsets counted from the header's end. Source: huggingface/safetensors, README "Format".
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>The format's own limit.</summary>
    public const long MaxByteCount = 100_000_000;

    private const int LengthByteCount = 8;

    /// <summary>Bytes of the length and the header together, told by the file's first eight bytes.</summary>
    /// <exception cref="HubException"><see cref="HubError.BadAnswer"/>: the length is absurd.</exception>
    public static long ByteCount(HubFile file, ReadOnlySpan<byte> start)
    {
        if (start.Length < LengthByteCount) throw Bad(file, $"is {file.ByteCount} bytes long, too short to be one");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > (ulong)MaxByteCount) throw Bad(file, $"claims a header of {length} bytes; at most {MaxByteCount} are read");
        if ((long)length > file.ByteCount - LengthByteCount) throw Bad(file, $"claims a header of {length} bytes, longer than the file");
        return LengthByteCount + (long)length;
    }

    /// <param name="file">What the hub says of the file.</param>
    /// <param name="header">The file's first bytes, as many as <see cref="ByteCount"/> says.</param>
    /// <exception cref="HubException"><see cref="HubError.BadAnswer"/>: the header is not what it must be.</exception>
    public static WeightFile Read(HubFile file, ReadOnlySpan<byte> header)
    {
        var tensors = new List<WeightTensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            var reader = new Utf8JsonReader(header[LengthByteCount..], new JsonReaderOptions { MaxDepth = 16 });
            Expect(file, ref reader, JsonTokenType.StartObject);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                if (!names.Add(name)) throw Bad(file, $"names '{Shown(name)}' twice");
                Expect(file, ref reader, JsonTokenType.StartObject);
                if (name == "__metadata__") reader.Skip();
                else tensors.Add(WeightTensor.Named(name, ReadTensor(file, ref reader, name, header.Length)));
            }
            while (reader.Read()) throw Bad(file, "goes on after its header's end");
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            throw Bad(file, "has a header that is no JSON", problem);
        }
        return Checked(file, new WeightFile(file, header.Length, tensors) { Head = (header.Length, SHA256.HashData(header)) });
    }

    /// <summary>The reader stands on the entry's opening brace and is left on its closing one.</summary>
    private static ByteRange ReadTensor(HubFile file, ref Utf8JsonReader reader, string name, long dataStart)
    {
        ByteRange? range = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isOffsets = reader.ValueTextEquals("data_offsets"u8);
            reader.Read();
            if (!isOffsets) reader.Skip();
            else if (range is null) range = ReadOffsets(file, ref reader, name, dataStart);
            else throw Bad(file, $"gives '{Shown(name)}' two places");
        }
        return range ?? throw Bad(file, $"does not say where '{Shown(name)}' lies");
    }

    private static ByteRange ReadOffsets(HubFile file, ref Utf8JsonReader reader, string name, long dataStart)
    {
        if (reader.TokenType == JsonTokenType.StartArray
            && reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var start)
            && reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var end)
            && reader.Read() && reader.TokenType == JsonTokenType.EndArray
            && start >= 0 && start <= end && end <= file.ByteCount - dataStart)
            return ByteRange.FromTo(dataStart + start, dataStart + end);
        throw Bad(file, $"puts '{Shown(name)}' outside the file");
    }

    private static WeightFile Checked(HubFile file, WeightFile read)
    {
        var end = read.HeaderByteCount;
        foreach (var tensor in read.Tensors.Where(tensor => !tensor.Range.IsEmpty))
        {
            if (tensor.Range.Start < end) throw Bad(file, $"lets '{Shown(tensor.Name)}' overlap the tensor before it");
            end = tensor.Range.End;
        }
        return read;
    }

    private static void Expect(HubFile file, ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type) throw Bad(file, "has a header of another shape");
    }

    private static string Shown(string name) => new([.. name.Take(80).Select(c => char.IsControl(c) ? '?' : c)]);

    private static HubException Bad(HubFile file, string what, Exception? cause = null) => new(
        HubError.BadAnswer, $"{file.Path} is no good safetensors file: it {what}. Try another revision, or tell its author.", cause);
}
