using System.Buffers.Binary;

namespace Exo.Engine.Quantization;

/// <summary>Blocks of 32 elements with one scale. Source: ggml-quants.c, quantize_row_q8_0_ref and quantize_row_q4_0_ref.</summary>
internal static class SmallBlocks
{
    private const int Elements = 32;

    /// <summary>Scale d = max|x| / 127 as a half, then 32 signed bytes round(x / d), halves away from zero.</summary>
    /// <param name="values">[32]</param>
    /// <param name="block">34 bytes.</param>
    public static void EncodeQ8_0(ReadOnlySpan<float> values, Span<byte> block)
    {
        var largest = 0f;
        foreach (var value in values) largest = Math.Max(largest, MathF.Abs(value));
        var scale = largest / 127;
        var inverse = scale != 0 ? 1f / scale : 0f;
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        for (var i = 0; i < Elements; i++) block[2 + i] = (byte)(sbyte)MathF.Round(values[i] * inverse, MidpointRounding.AwayFromZero);
    }

    /// <summary>Scale d = (the element of largest magnitude) / −8 as a half, then byte i holds min(15, ⌊x / d + 8.5⌋) of elements i (low) and i + 16 (high).</summary>
    /// <param name="values">[32]</param>
    /// <param name="block">18 bytes.</param>
    public static void EncodeQ4_0(ReadOnlySpan<float> values, Span<byte> block)
    {
        var extreme = 0f;
        foreach (var value in values)
            if (MathF.Abs(value) > MathF.Abs(extreme)) extreme = value;
        var scale = extreme / -8;
        var inverse = scale != 0 ? 1f / scale : 0f;
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        for (var i = 0; i < Elements / 2; i++) block[2 + i] = (byte)(Quant(values[i]) | (Quant(values[i + Elements / 2]) << 4));

        int Quant(float value) => Math.Min(15, (int)(value * inverse + 8.5f));
    }
}
