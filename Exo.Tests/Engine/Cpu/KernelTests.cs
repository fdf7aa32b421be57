using System.Runtime.Intrinsics;
using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Models;

namespace Exo.Tests.Engine.Cpu;

/// <summary>Each kernel against its scalar twin.</summary>
public sealed unsafe class KernelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(64)]
    [InlineData(100)]
    public void RmsNorm_AnySize_EqualsItsTwinBitForBit(int size)
    {
        var (input, weight, output) = (RandomFloats.Normal(size, 1), RandomFloats.Normal(size, 2), new float[size]);

        fixed (float* i = input, w = weight, o = output) RmsNorm.Apply(i, w, o, size, 1e-5f);

        Assert.Equal(ScalarTwins.RmsNorm(input, weight, 1e-5f), output);
    }

    [Theory]
    [InlineData(64, 32)]
    [InlineData(32, 8)]
    [InlineData(20, 10)]
    [InlineData(6, 3)]
    public void Rotary_AnyHead_EqualsItsTwinBitForBit(int headSize, int half)
    {
        var (head, cosines, sines) = (RandomFloats.Normal(headSize, 3), RandomFloats.Normal(half, 4), RandomFloats.Normal(half, 5));
        var expected = ScalarTwins.Rotate(head, cosines, sines, half);

        fixed (float* h = head, c = cosines, s = sines) Rotary.Apply(h, c, s, half);

        Assert.Equal(expected, head);
    }

    [Theory]
    [InlineData(64, 32)]
    [InlineData(32, 8)]
    [InlineData(20, 10)]
    [InlineData(6, 3)]
    public void Rotary_Interleaved_TurnsTheSamePairsBitForBit(int headSize, int half)
    {
        var (head, cosines, sines) = (RandomFloats.Normal(headSize, 3), RandomFloats.Normal(half, 4), RandomFloats.Normal(half, 5));
        var interleaved = (float[])head.Clone();
        for (var i = 0; i < half; i++) (interleaved[2 * i], interleaved[2 * i + 1]) = (head[i], head[half + i]);

        fixed (float* h = head, n = interleaved, c = cosines, s = sines)
        {
            Rotary.Apply(h, c, s, half);
            Rotary.ApplyInterleaved(n, c, s, half);
        }

        Assert.Equal(head[(2 * half)..], interleaved[(2 * half)..]);
        for (var i = 0; i < half; i++) Assert.Equal((head[i], head[half + i]), (interleaved[2 * i], interleaved[2 * i + 1]));
    }

    [Theory]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.GeluTanh)]
    public void Gate_ManyValues_IsWithinRoundingOfTheFormula(Activation activation)
    {
        const int Size = 1003;
        var gate = RandomFloats.Normal(Size, 6).Select(x => x * 6).ToArray();
        var up = RandomFloats.Normal(Size, 7);
        var output = new float[Size];

        fixed (float* g = gate, u = up, o = output) Gate.Apply(activation, g, u, o, Size);

        // A few roundings of numbers of the size of x · up.
        for (var i = 0; i < Size; i++)
            Assert.Equal(ScalarTwins.Activate(activation, gate[i]) * up[i], output[i], 1e-6 * Math.Max(1, Math.Abs(gate[i] * up[i])));
    }

    /// <summary>Sixteen at a time, eight at a time and one by one: a layer's bits don't depend on the registers of its machine.</summary>
    [Fact]
    public void Gate_AnyRegisters_GiveTheSameBits()
    {
        const int Size = 4096;
        var gate = RandomFloats.Normal(Size, 8).Select(x => x * 30).ToArray();
        var up = RandomFloats.Normal(Size, 9);
        float[] whole = new float[Size], eights = new float[Size], ones = new float[Size];

        fixed (float* g = gate, u = up, w = whole, e = eights, o = ones)
        {
            Gate.Apply(Activation.Silu, g, u, w, Size);
            for (var i = 0; i < Size; i += 8) Gate.Apply(Activation.Silu, g + i, u + i, e + i, 8);
            for (var i = 0; i < Size; i++) Gate.Apply(Activation.Silu, g + i, u + i, o + i, 1);
        }

        Assert.Equal(ones.Select(BitConverter.SingleToInt32Bits), whole.Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(ones.Select(BitConverter.SingleToInt32Bits), eights.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Exponential_WholeRange_IsWithinTwoUnitsInTheLastPlace()
    {
        for (var x = -87f; x <= 88f; x += 0.0137f)
        {
            var exact = Math.Exp(x);
            Assert.InRange(Math.Abs(Exponential.Exp(x) - exact) / exact, 0, 2.4e-7);
        }
    }

    [Fact]
    public void Exponential_AtTheEnds_UnderflowsToZeroAndNeverToNaN()
    {
        Assert.Equal(0f, Exponential.Exp(float.NegativeInfinity));
        Assert.Equal(0f, Exponential.Exp(-90f));
        Assert.Equal(1f, Exponential.Exp(0f));
        Assert.True(float.IsFinite(Exponential.Exp(float.PositiveInfinity)));
    }

    [Fact]
    public void SoftCap_ManyValues_IsCapTimesTanh()
    {
        var values = RandomFloats.Normal(37, 8).Select(x => x * 40).ToArray();
        var expected = values.Select(x => 30 * Math.Tanh(x / 30.0)).ToArray();

        fixed (float* v = values) SoftCap.Apply(v, values.Length, 30f);

        for (var i = 0; i < values.Length; i++) Assert.Equal(expected[i], values[i], 1e-5);
    }

    [Fact]
    public void Lanes_Fold_AddsInTheTwinsOrder()
    {
        var values = RandomFloats.Normal(8, 9);
        float[] ones = [1, 1, 1, 1, 1, 1, 1, 1];

        Assert.Equal(ScalarTwins.Dot(values, ones), Lanes.Fold(Vector256.Create(values)));
    }
}
