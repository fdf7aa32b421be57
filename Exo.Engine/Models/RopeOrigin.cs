namespace Exo.Engine.Models;

/// <summary>How a rotation's frequencies came about, for those who write them into another file: <see cref="RopeSpec.Frequencies"/> is what counts.</summary>
public sealed record RopeOrigin
{
    /// <summary>The base: unscaled, frequency i is Theta^(−2i / dimensions).</summary>
    public required double Theta { get; init; }

    public RopeScaling Scaling { get; init; }

    /// <summary>How much longer the context is than the one trained for; of linear scaling and YaRN.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>The context trained for, in tokens; of YaRN.</summary>
    public int OriginalContext { get; init; }

    /// <summary>Turns over the original context from which on a frequency is left alone; of YaRN.</summary>
    public double Fast { get; init; } = 32;

    /// <summary>Turns up to which a frequency is scaled in full; of YaRN.</summary>
    public double Slow { get; init; } = 1;
}

/// <summary>Ways to scale the frequencies. Formulas: <see cref="RopeFrequencies"/>.</summary>
public enum RopeScaling
{
    None,

    /// <summary>All by one factor.</summary>
    Linear,

    /// <summary>Each by its own (Llama 3).</summary>
    Factors,

    Yarn,
}
