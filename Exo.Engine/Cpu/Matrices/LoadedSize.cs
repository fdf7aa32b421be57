using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Kernels.Twelve;
using Exo.Engine.Weights;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>
/// What a matrix takes once it is loaded, and a token reads of it, from format and shape alone: <see cref="CpuMatrix.ByteCount"/> before there is a matrix. Plans and figures count by it.
/// Rows that can't be packed into twelve bits are read where they are stored: they are rare and counted as packed.
/// </summary>
internal static class LoadedSize
{
    /// <summary>Whether a matrix of such a format and shape is packed.</summary>
    public static bool IsPacked(DType type, int rows, int columns) => type switch
    {
        DType.BF16 => columns % TwelveBits.StepColumns == 0 && columns / TwelveBits.StepColumns < TwelveBitPatch.NoStep && PackedByteCount(type, rows, columns) < type.ByteCount((long)rows * columns),
        DType.Q8_0 or DType.Q4_0 or DType.Q4_K or DType.Q6_K => columns % type.BlockSize() == 0,
        _ => false,
    };

    /// <summary>Bytes of a tensor: of a matrix in the form in which it is multiplied, of a vector as it is stored.</summary>
    public static long Of(Tensor tensor) => Of(tensor, tensor.Type);

    /// <summary>Bytes of a tensor if it were of another format.</summary>
    public static long Of(Tensor tensor, DType type) => tensor.Shape.Count > 1 && IsPacked(type, tensor.Rows, tensor.Columns) ? PackedByteCount(type, tensor.Rows, tensor.Columns) : type.ByteCount(tensor.Elements);

    private static long PackedByteCount(DType type, int rows, int columns) => type switch
    {
        DType.BF16 => TwelveBits.QuadByteCount(columns) * Groups(rows, TwelveBits.Rows),
        DType.Q8_0 => PackedQ8_0.GroupByteCount(columns) * Groups(rows, PackedGroup.Rows),
        DType.Q4_0 => PackedQ4_0.GroupByteCount(columns) * Groups(rows, PackedGroup.Rows),
        DType.Q4_K => Q4_KUnits.GroupByteCount(columns) * Groups(rows, PackedGroup.Rows),
        DType.Q6_K => PackedQ6_K.GroupByteCount(columns) * Groups(rows, PackedGroup.Rows),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a format that is packed"),
    };

    private static long Groups(int rows, int size) => ((long)rows + size - 1) / size;
}
