namespace Exo.Engine.Weights.Gguf;

/// <summary>What a GGUF header says of one tensor; checked against the file's length.</summary>
/// <param name="Name">As the file spells it: "blk.0.attn_q.weight".</param>
/// <param name="Shape">Row-major, the contiguous dimension last (the file has it first).</param>
/// <param name="TypeId">The type's number in ggml.</param>
/// <param name="Start">First byte, from the file's beginning.</param>
/// <param name="ByteCount">Whole blocks.</param>
internal sealed record GgufTensor(string Name, long[] Shape, uint TypeId, long Start, long ByteCount)
{
    /// <summary>The type as the engine knows it, or null where it has no use for it.</summary>
    public DType? Type => TypeOf(TypeId);

    /// <summary>The type's name, for messages.</summary>
    public string TypeName => Type?.ToString() ?? (OtherNames.TryGetValue(TypeId, out var name) ? name : $"ggml type {TypeId}");

    /// <summary>Elements in all.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, size) => product * size);

    /// <exception cref="InvalidModelException">The type is unknown, or the shape doesn't fit it.</exception>
    public static GgufTensor Create(string path, string name, long[] shape, uint typeId, ulong offset)
    {
        var (blockSize, blockByteCount) = BlockOf(typeId);
        if (blockSize == 0)
            throw new InvalidModelException(path, name, $"is of ggml type {typeId}, which is not known");
        var elements = 1L;
        foreach (var size in shape)
            if (size < 0 || (elements = size == 0 ? 0 : elements > long.MaxValue / size ? -1 : elements * size) < 0)
                throw new InvalidModelException(path, name, $"has more elements than can be: {string.Join(" × ", shape)}");
        if (shape[^1] % blockSize != 0)
            throw new InvalidModelException(path, name, $"has rows of {shape[^1]} elements, no multiple of its type's {blockSize}");
        if (elements / blockSize > long.MaxValue / blockByteCount || offset > long.MaxValue)
            throw new InvalidModelException(path, name, "is larger than any file");
        return new(name, shape, typeId, (long)offset, elements / blockSize * blockByteCount);
    }

    /// <summary>Types that are known but not run.</summary>
    private static readonly Dictionary<uint, string> OtherNames = new()
    {
        [9] = "Q8_1", [15] = "Q8_K", [16] = "IQ2_XXS", [17] = "IQ2_XS", [18] = "IQ3_XXS", [19] = "IQ1_S", [21] = "IQ3_S", [22] = "IQ2_S", [24] = "I8", [25] = "I16",
        [26] = "I32", [27] = "I64", [28] = "F64", [29] = "IQ1_M", [34] = "TQ1_0", [35] = "TQ2_0", [39] = "MXFP4",
    };

    /// <summary>The type's number in ggml.</summary>
    public static uint IdOf(DType type)
    {
        for (var id = 0u; id < 64; id++)
            if (TypeOf(id) == type) return id;
        throw new ArgumentOutOfRangeException(nameof(type), type, null);
    }

    private static DType? TypeOf(uint id) => id switch
    {
        0 => DType.F32,
        1 => DType.F16,
        2 => DType.Q4_0,
        3 => DType.Q4_1,
        6 => DType.Q5_0,
        7 => DType.Q5_1,
        8 => DType.Q8_0,
        10 => DType.Q2_K,
        11 => DType.Q3_K,
        12 => DType.Q4_K,
        13 => DType.Q5_K,
        14 => DType.Q6_K,
        20 => DType.IQ4_NL,
        23 => DType.IQ4_XS,
        30 => DType.BF16,
        _ => null,
    };

    /// <summary>Elements and bytes of a block; (0, 0) for an unknown type.</summary>
    private static (int Elements, int Bytes) BlockOf(uint id) => TypeOf(id) is { } type ? (type.BlockSize(), type.BlockByteCount()) : id switch
    {
        9 => (32, 36),    // Q8_1
        15 => (256, 292), // Q8_K
        16 => (256, 66),  // IQ2_XXS
        17 => (256, 74),  // IQ2_XS
        18 => (256, 98),  // IQ3_XXS
        19 => (256, 50),  // IQ1_S
        21 => (256, 110), // IQ3_S
        22 => (256, 82),  // IQ2_S
        24 => (1, 1),     // I8
        25 => (1, 2),     // I16
        26 => (1, 4),     // I32
        27 or 28 => (1, 8), // I64, F64
        29 => (256, 56),  // IQ1_M
        34 => (256, 54),  // TQ1_0
        35 => (256, 66),  // TQ2_0
        39 => (32, 17),   // MXFP4
        _ => (0, 0),
    };
}
