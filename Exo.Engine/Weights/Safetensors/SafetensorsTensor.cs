namespace Exo.Engine.Weights.Safetensors;

/// <summary>What a safetensors header says of one tensor; checked against the file's length.</summary>
/// <param name="Start">First byte, from the file's beginning.</param>
internal sealed record SafetensorsTensor(string Name, string TypeName, int[] Shape, long Start, long ByteCount)
{
    /// <summary>The type as the engine knows it, or null where it has no use for it.</summary>
    public DType? Type => TypeName switch
    {
        "F32" => DType.F32,
        "F16" => DType.F16,
        "BF16" => DType.BF16,
        _ => null,
    };

    /// <summary>Bits of one element of the format's types, or null for an unknown one.</summary>
    public static int? BitsOf(string typeName) => typeName switch
    {
        "F4" => 4,
        "F6_E2M3" or "F6_E3M2" => 6,
        "BOOL" or "U8" or "I8" or "F8_E5M2" or "F8_E4M3" or "F8_E8M0" or "F8_E5M2FNUZ" or "F8_E4M3FNUZ" => 8,
        "U16" or "I16" or "F16" or "BF16" => 16,
        "U32" or "I32" or "F32" => 32,
        "U64" or "I64" or "F64" or "C64" => 64,
        _ => null,
    };
}
