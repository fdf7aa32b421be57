using System.Runtime.InteropServices;
using Exo.Engine.Weights;

namespace Exo.Engine.Quantization;

/// <summary>Encodes rows of floats into the stored formats. Block formats round as ggml's reference quantizers do, bit for bit.</summary>
internal static class RowEncoder
{
    /// <summary>The formats that can be written.</summary>
    public static IReadOnlyList<DType> Supported { get; } = [DType.F32, DType.F16, DType.BF16, DType.Q8_0, DType.Q4_0, DType.Q4_K, DType.Q6_K];

    /// <summary>The least magnitude that a format would round to an infinity. Blocks keep their scale as a half.</summary>
    public static float Limit(DType type)
    {
        const float Half = 65520f; // half way from the largest, 65504, to what would come next
        return type switch
        {
            DType.F16 => Half,
            DType.BF16 => BitConverter.UInt32BitsToSingle(0x7F7F8000),
            DType.Q4_0 => 8 * Half,
            DType.Q8_0 => 127 * Half,
            DType.Q4_K => 63 * Half,
            DType.Q6_K => 32 * 127 * Half,
            _ => float.PositiveInfinity,
        };
    }

    /// <summary>Encodes one row.</summary>
    /// <param name="row">[columns], whole blocks; each below <see cref="Limit"/>.</param>
    /// <param name="type">One of <see cref="Supported"/>.</param>
    /// <param name="destination">The row's stored bytes, overwritten.</param>
    /// <exception cref="ArgumentException">The lengths don't fit, or the format cannot be written.</exception>
    public static void Encode(ReadOnlySpan<float> row, DType type, Span<byte> destination)
    {
        if (row.Length % type.BlockSize() != 0 || destination.Length != type.ByteCount(row.Length))
            throw new ArgumentException($"{row.Length} elements of {type} don't fill {destination.Length} bytes", nameof(destination));
        switch (type)
        {
            case DType.F32:
                MemoryMarshal.AsBytes(row).CopyTo(destination);
                break;
            case DType.F16:
                var halves = MemoryMarshal.Cast<byte, Half>(destination);
                for (var i = 0; i < row.Length; i++) halves[i] = (Half)row[i];
                break;
            case DType.BF16:
                var words = MemoryMarshal.Cast<byte, ushort>(destination);
                for (var i = 0; i < row.Length; i++) words[i] = BrainFloat(row[i]);
                break;
            case DType.Q8_0:
                EncodeBlocks(row, type, destination, SmallBlocks.EncodeQ8_0);
                break;
            case DType.Q4_0:
                EncodeBlocks(row, type, destination, SmallBlocks.EncodeQ4_0);
                break;
            case DType.Q4_K:
                EncodeBlocks(row, type, destination, Q4_KEncoder.Encode);
                break;
            case DType.Q6_K:
                EncodeBlocks(row, type, destination, Q6_KEncoder.Encode);
                break;
            default:
                throw new ArgumentException($"{type} cannot be written; {string.Join(", ", Supported)} can", nameof(type));
        }
    }

    private delegate void BlockEncoder(ReadOnlySpan<float> values, Span<byte> block);

    private static void EncodeBlocks(ReadOnlySpan<float> row, DType type, Span<byte> destination, BlockEncoder encode)
    {
        var (elements, bytes) = (type.BlockSize(), type.BlockByteCount());
        for (var block = 0; block < row.Length / elements; block++) encode(row.Slice(block * elements, elements), destination.Slice(block * bytes, bytes));
    }

    /// <summary>To nearest even.</summary>
    private static ushort BrainFloat(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
