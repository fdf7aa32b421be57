namespace Exo.Engine.Quantization;

/// <summary>ggml's rounding of small floats: to the nearest whole number, halves to even.</summary>
internal static class Rounding
{
    /// <summary>Below this a group counts as all zeros.</summary>
    public const float Negligible = 1e-15f;

    public static int Nearest(float value) => (int)MathF.Round(value, MidpointRounding.ToEven);

    public static int Nearest(float value, int min, int max) => Math.Clamp(Nearest(value), min, max);
}
