using Exo.Engine.Weights;

namespace Exo.Engine.Quantization;

/// <summary>Which format a matrix takes where a model's is chosen: rows must fill its blocks, and every logit hangs on the head.</summary>
internal static class FormatChoice
{
    /// <summary>In a file: the format itself where rows fill its blocks, else the next better one.</summary>
    public static DType InFile(DType type, int columns)
    {
        if (columns % type.BlockSize() == 0) return type;
        return columns % DType.Q8_0.BlockSize() == 0 ? DType.Q8_0 : DType.F16;
    }

    /// <summary>The head's: 4 bits are too few there, as in llama.cpp.</summary>
    public static DType OfHead(DType type) => type is DType.Q4_0 or DType.Q4_K ? DType.Q6_K : type;

    /// <summary>
    /// While a model loads: memory and speed are what was asked for, so 4 bits stay 4 bits. Null where no format's blocks fit: the matrix stays as it is.
    /// </summary>
    public static DType? InMemory(DType type, int columns, bool isHead)
    {
        if (isHead) type = OfHead(type);
        if (columns % type.BlockSize() == 0) return type;
        var smaller = type == DType.Q4_K ? DType.Q4_0 : DType.Q8_0;
        return columns % smaller.BlockSize() == 0 ? smaller : null;
    }
}
