using System.Runtime.Intrinsics;
using Exo.Engine.Cpu.Kernels;

namespace Exo.Tests.Engine.Cpu;

/// <summary>Stored elements widen exactly.</summary>
public sealed unsafe class ElementTests
{
    [Fact]
    public void F16_EveryFiniteHalf_WidensExactly()
    {
        var halves = Enumerable.Range(0, 65536).Select(bits => BitConverter.UInt16BitsToHalf((ushort)bits)).Where(Half.IsFinite).ToArray();
        var widened = new float[8];
        fixed (Half* source = halves)
        fixed (float* target = widened)
        {
            for (var i = 0; i + 8 <= halves.Length; i += 8)
            {
                F16Element.Load((byte*)(source + i)).Store(target);
                for (var lane = 0; lane < 8; lane++) Assert.Equal(BitConverter.SingleToUInt32Bits((float)halves[i + lane]), BitConverter.SingleToUInt32Bits(widened[lane]));
            }
        }
    }

    [Fact]
    public void BF16_EveryPattern_WidensToTheUpperHalf()
    {
        var words = Enumerable.Range(0, 65536).Select(bits => (ushort)bits).ToArray();
        fixed (ushort* source = words)
        {
            for (var i = 0; i < words.Length; i += 8)
            {
                var widened = BF16Element.Load((byte*)(source + i)).AsUInt32();
                for (var lane = 0; lane < 8; lane++) Assert.Equal((uint)words[i + lane] << 16, widened.GetElement(lane));
            }
        }
    }

    [Theory]
    [InlineData(1.00390625f, 1.0f)] // halfway between 1 and the next: the even one
    [InlineData(1.01171875f, 1.015625f)]
    [InlineData(-3.14159274f, -3.140625f)]
    public void BF16_Store_RoundsToNearestEven(float value, float expected)
    {
        ushort word;
        BF16Element.StoreOne(value, (byte*)&word);

        Assert.Equal(expected, BF16Element.LoadOne((byte*)&word));
    }

    [Fact]
    public void F16_StoreBeyondItsRange_Saturates()
    {
        ushort word;
        F16Element.StoreOne(1e9f, (byte*)&word);

        Assert.Equal(65504f, F16Element.LoadOne((byte*)&word));
    }
}
