using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
        ref var source = ref MemoryMarshal.GetReference(values);
        var magnitudes = Vector256<float>.Zero;
        for (var i = 0; i < Elements; i += Vector256<float>.Count) magnitudes = Vector256.Max(magnitudes, Vector256.Abs(Vector256.LoadUnsafe(ref source, (nuint)i)));
        var largest = 0f;
        for (var lane = 0; lane < Vector256<float>.Count; lane++) largest = Math.Max(largest, magnitudes[lane]);
        var scale = largest / 127;
        var inverse = scale != 0 ? 1f / scale : 0f;
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        for (var i = 0; i < Elements; i += Vector256<float>.Count)
        {
            var quants = Rounded(Vector256.LoadUnsafe(ref source, (nuint)i) * inverse);
            for (var lane = 0; lane < Vector256<float>.Count; lane++) block[2 + i + lane] = (byte)quants[lane];
        }
    }

    /// <summary>To the nearest whole number, halves away from zero: what is cut off is exact, so that no sum rounds before it is looked at.</summary>
    private static Vector256<int> Rounded(Vector256<float> values)
    {
        var whole = Vector256.Truncate(values);
        var away = Vector256.CopySign(Vector256.Create(1f), values) & Vector256.GreaterThanOrEqual(Vector256.Abs(values - whole), Vector256.Create(0.5f));
        return Vector256.ConvertToInt32(whole + away);
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
