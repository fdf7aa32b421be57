using System.Text.Json.Serialization;

namespace Exo.Api;

/// <summary>Weights quantized while a model is loaded: smaller in memory and faster than the files.</summary>
[JsonConverter(typeof(SnakeCaseEnum<WeightQuantization>))]
public enum WeightQuantization
{
    /// <summary>8 bits: blocks of 32 with a scale (Q8_0).</summary>
    Q8,

    /// <summary>4 bits: Q4_K where rows fill its blocks of 256, else Q4_0; the head stays at 6 or 8.</summary>
    Q4,
}

/// <summary>Asks for a model to be written as a GGUF file.</summary>
public sealed record QuantizeRequest
{
    public required string Model { get; init; }

    /// <summary>The file to write.</summary>
    public required string Output { get; init; }

    /// <summary>How matrices are stored: one of <see cref="Types"/>, in any case.</summary>
    public required string Type { get; init; }

    /// <summary>A file of that name may be replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>The formats there are.</summary>
    public static IReadOnlyList<string> Types { get; } = ["f32", "f16", "bf16", "q8_0", "q4_0", "q4_k", "q6_k"];
}

/// <summary>Where the writing stands.</summary>
/// <param name="Fraction">0 to 1.</param>
/// <param name="Result">Set once the file is there.</param>
public sealed record QuantizeProgress(double Fraction, QuantizedFile? Result);

/// <summary>What was written.</summary>
/// <param name="Path">The file.</param>
/// <param name="ByteCount">Its length.</param>
/// <param name="SourceByteCount">Bytes of the weights it was made from.</param>
public sealed record QuantizedFile(string Path, string Type, long ByteCount, long SourceByteCount);
