using System.Buffers.Binary;
using Exo.Engine.Weights;
using Exo.Tests.Engine.Cpu.Blocks;

namespace Exo.Tests.Engine.Reference;

/// <summary>Reads stored elements one by one, as plainly as the formats are defined.</summary>
internal static class ReferenceTensors
{
    /// <summary>[elements], exact.</summary>
    public static double[] Decode(Tensor tensor)
    {
        var values = new double[tensor.Elements];
        var rowByteCount = (int)tensor.Type.ByteCount(tensor.Columns);
        for (var row = 0; row < tensor.Rows; row++)
        {
            var bytes = tensor.RowBytes(row, 1);
            Assert.Equal(rowByteCount, bytes.Length);
            for (var column = 0; column < tensor.Columns; column++) values[(row * (long)tensor.Columns) + column] = Element(tensor.Type, bytes, column);
        }

        return values;
    }

    private static double Element(DType type, ReadOnlySpan<byte> row, int i)
    {
        switch (type)
        {
            case DType.F32:
                return BinaryPrimitives.ReadSingleLittleEndian(row[(4 * i)..]);
            case DType.F16:
                return (double)BinaryPrimitives.ReadHalfLittleEndian(row[(2 * i)..]);
            case DType.BF16:
                return BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(row[(2 * i)..]) << 16);
            case DType.Q8_0: // f16 scale, 32 signed bytes
                var eights = row.Slice(i / 32 * 34, 34);
                return (double)BinaryPrimitives.ReadHalfLittleEndian(eights) * (sbyte)eights[2 + (i % 32)];
            case DType.Q4_0: // f16 scale, 16 bytes: low nibbles are the first 16 elements, high ones the last
                var fours = row.Slice(i / 32 * 18, 18);
                var packed = fours[2 + (i % 16)];
                return (double)BinaryPrimitives.ReadHalfLittleEndian(fours) * ((i % 32 < 16 ? packed & 15 : packed >> 4) - 8);
            default:
                return BlockTwins.Element(type, row.Slice(i / type.BlockSize() * type.BlockByteCount(), type.BlockByteCount()), i % type.BlockSize());
        }
    }
}
