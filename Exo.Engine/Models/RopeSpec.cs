namespace Exo.Engine.Models;

/// <summary>
/// Rotary position embedding as Hugging Face lays it out: element i of a head is paired with i + dimensions/2 and both are
/// turned by position · frequency[i].
/// </summary>
public sealed record RopeSpec
{
    /// <summary>Elements of a head that are rotated, from the first; even. The rest passes through.</summary>
    public required int Dimensions { get; init; }

    /// <summary>frequency[i], radians a position, scaling included: [dimensions / 2].</summary>
    public required IReadOnlyList<float> Frequencies { get; init; }

    /// <summary>Factor on the rotated elements (YaRN's attention factor), else 1.</summary>
    public float Magnitude { get; init; } = 1f;
}
