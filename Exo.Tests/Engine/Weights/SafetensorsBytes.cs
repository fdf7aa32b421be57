using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace Exo.Tests.Engine.Weights;

/// <summary>A tensor to be written.</summary>
internal sealed record WrittenTensor(string Name, string Type, int[] Shape, byte[] Bytes)
{
    /// <summary>Values that count up from <paramref name="first"/> in steps of an eighth: exact in every type.</summary>
    public static WrittenTensor Counting(string name, string type, int[] shape, float first = 0)
    {
        var values = Enumerable.Range(0, shape.Aggregate(1, (product, dimension) => product * dimension)).Select(i => first + (i % 64 / 8f));
        return new WrittenTensor(name, type, shape, Encode(type, values));
    }

    public static byte[] Encode(string type, IEnumerable<float> values) => type switch
    {
        "F32" => MemoryMarshal.AsBytes(values.ToArray().AsSpan()).ToArray(),
        "F16" => MemoryMarshal.AsBytes(values.Select(value => (Half)value).ToArray().AsSpan()).ToArray(),
        "BF16" => MemoryMarshal.AsBytes(values.Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)).ToArray().AsSpan()).ToArray(),
        _ => throw new ArgumentException(type),
    };
}

/// <summary>Writes safetensors files, right ones and wrong ones.</summary>
internal static class SafetensorsBytes
{
    public static byte[] Of(params IReadOnlyList<WrittenTensor> tensors)
    {
        var header = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        var at = 0;
        foreach (var tensor in tensors)
        {
            header[tensor.Name] = new JsonObject
            {
                ["dtype"] = tensor.Type,
                ["shape"] = new JsonArray([.. tensor.Shape.Select(dimension => (JsonNode)dimension)]),
                ["data_offsets"] = new JsonArray(at, at += tensor.Bytes.Length),
            };
        }

        var text = header.ToJsonString();
        return WithHeader(text.PadRight((text.Length + 7) / 8 * 8), [.. tensors.SelectMany(tensor => tensor.Bytes)]);
    }

    /// <summary>Any header before any data; the length is the header's unless another is claimed.</summary>
    public static byte[] WithHeader(string header, byte[] data, ulong? claimedLength = null) => WithHeader(Encoding.UTF8.GetBytes(header), data, claimedLength);

    public static byte[] WithHeader(byte[] header, byte[] data, ulong? claimedLength = null)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, claimedLength ?? (ulong)header.Length);
        return [.. length, .. header, .. data];
    }
}
