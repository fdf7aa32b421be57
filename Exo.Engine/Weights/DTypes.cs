namespace Exo.Engine.Weights;

/// <summary>Sizes of the stored formats.</summary>
public static class DTypes
{
    /// <summary>Elements in one block: 1 for plain types, 32 or 256 for block formats.</summary>
    public static int BlockSize(this DType type) => type switch
    {
        DType.F32 or DType.F16 or DType.BF16 => 1,
        DType.Q8_0 or DType.Q4_0 or DType.Q4_1 or DType.Q5_0 or DType.Q5_1 or DType.IQ4_NL => 32,
        _ => 256,
    };

    /// <summary>Bytes of one block, as GGUF and safetensors store it.</summary>
    public static int BlockByteCount(this DType type) => type switch
    {
        DType.F32 => 4,
        DType.F16 or DType.BF16 => 2,
        DType.Q8_0 => 34,
        DType.Q4_0 => 18,
        DType.Q4_1 => 20,
        DType.Q5_0 => 22,
        DType.Q5_1 => 24,
        DType.Q2_K => 84,
        DType.Q3_K => 110,
        DType.Q4_K => 144,
        DType.Q5_K => 176,
        DType.Q6_K => 210,
        DType.IQ4_NL => 18,
        DType.IQ4_XS => 136,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>Bytes of <paramref name="elements"/> elements. Elements must fill whole blocks.</summary>
    public static long ByteCount(this DType type, long elements) => elements / type.BlockSize() * type.BlockByteCount();
}
