using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Exo.Engine.Weights.Gguf;

/// <summary>The types of a GGUF file's values, numbered as the format has them.</summary>
internal enum GgufType : uint
{
    UInt8,
    Int8,
    UInt16,
    Int16,
    UInt32,
    Int32,
    Float32,
    Bool,
    String,
    Array,
    UInt64,
    Int64,
    Float64,
}

/// <summary>
/// Reads values: long, double (a number beyond long too), bool, string; lists as <see cref="GgufStrings"/>, float[], double[], int[] (32 bits,
/// signed or not), byte[] or long[].
/// </summary>
internal static class GgufValue
{
    public static object Read(ref GgufCursor cursor, string key)
    {
        var type = (GgufType)cursor.UInt32(key);
        return type == GgufType.Array ? ReadArray(ref cursor, key) : type == GgufType.String ? ReadString(ref cursor, key) : ReadScalar(ref cursor, type, key);
    }

    private static string ReadString(ref GgufCursor cursor, string key) => Encoding.UTF8.GetString(cursor.Prefixed(key));

    private static object ReadScalar(ref GgufCursor cursor, GgufType type, string key)
    {
        var bytes = cursor.Bytes((ulong)SizeOf(ref cursor, type, key), key);
        return type switch
        {
            GgufType.Float32 => (double)BinaryPrimitives.ReadSingleLittleEndian(bytes),
            GgufType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            GgufType.Bool => bytes[0] <= 1 ? bytes[0] == 1 : throw cursor.Invalid(key, $"must be true or false, and is {bytes[0]}"),
            GgufType.UInt64 when BinaryPrimitives.ReadUInt64LittleEndian(bytes) is > long.MaxValue and var large => (double)large,
            _ => Whole(bytes, type),
        };
    }

    private static object ReadArray(ref GgufCursor cursor, string key)
    {
        var type = (GgufType)cursor.UInt32(key);
        var count = cursor.UInt64(key);
        if (type == GgufType.Array)
            throw cursor.Invalid(key, "a list of lists is not supported");
        if (type == GgufType.String)
            return GgufStrings.Read(ref cursor, count, key);

        var size = SizeOf(ref cursor, type, key);
        cursor.CheckCount(count, size, key);
        var bytes = cursor.Bytes(count * (ulong)size, key);
        return type switch
        {
            GgufType.Float32 => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
            GgufType.Float64 => MemoryMarshal.Cast<byte, double>(bytes).ToArray(),
            GgufType.UInt8 or GgufType.Int8 or GgufType.Bool => bytes.ToArray(),
            GgufType.UInt32 or GgufType.Int32 => MemoryMarshal.Cast<byte, int>(bytes).ToArray(),
            _ => Wholes(bytes, size, type),
        };
    }

    private static long[] Wholes(ReadOnlySpan<byte> bytes, int size, GgufType type)
    {
        var values = new long[bytes.Length / size];
        for (var i = 0; i < values.Length; i++)
            values[i] = Whole(bytes.Slice(i * size, size), type);
        return values;
    }

    private static long Whole(ReadOnlySpan<byte> bytes, GgufType type) => type switch
    {
        GgufType.UInt8 => bytes[0],
        GgufType.Int8 => (sbyte)bytes[0],
        GgufType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        GgufType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        GgufType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        GgufType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
    };

    private static int SizeOf(ref GgufCursor cursor, GgufType type, string key) => type switch
    {
        GgufType.UInt8 or GgufType.Int8 or GgufType.Bool => 1,
        GgufType.UInt16 or GgufType.Int16 => 2,
        GgufType.UInt32 or GgufType.Int32 or GgufType.Float32 => 4,
        GgufType.UInt64 or GgufType.Int64 or GgufType.Float64 => 8,
        _ => throw cursor.Invalid(key, $"is of type {(uint)type}, which the format does not have"),
    };
}
