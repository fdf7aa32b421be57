namespace Exo.Engine.Models;

/// <summary>
/// Rotary position embedding: each pair i of a head's elements is turned by position · frequency[i]. Hugging Face pairs element i with
/// i + dimensions/2; files that say so pair neighbours.
/// </summary>
public sealed record RopeSpec
{
    /// <summary>Elements of a head that are rotated, from the first; even. The rest passes through.</summary>
    public required int Dimensions { get; init; }

    /// <summary>frequency[i], radians a position, scaling included: [dimensions / 2].</summary>
    public required IReadOnlyList<float> Frequencies { get; init; }

    /// <summary>Factor on the rotated elements (YaRN's attention factor), else 1.</summary>
    public float Magnitude { get; init; } = 1f;

    /// <summary>
    /// Pair i is the elements 2i and 2i + 1 instead (GGUF's llama family, whose query and key rows are permuted to suit: scores come out alike,
    /// and the weights stay where they are mapped).
    /// </summary>
    public bool Interleaved { get; init; }

    /// <summary>How the frequencies came about, where it is known.</summary>
    public RopeOrigin? Origin { get; init; }
}
