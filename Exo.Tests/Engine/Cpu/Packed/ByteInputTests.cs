using Exo.Engine.Cpu.Kernels.Packed;
using FsCheck;
using FsCheck.Fluent;

namespace Exo.Tests.Engine.Cpu.Packed;

/// <summary>Inputs rounded to eight bits a block.</summary>
public sealed unsafe class ByteInputTests
{
    [Fact]
    public void Round_AnyFiniteNumbers_EqualsItsTwin() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(int Seed, sbyte Exponent, sbyte Shift)>(), given =>
        {
            var block = Shifted(given.Seed, given.Shift);
            for (var i = 0; i < 32; i++) block[i] = Math.Clamp(MathF.ScaleB(block[i], given.Exponent), float.MinValue, float.MaxValue);
            var (quants, step, middle) = Round(block);
            var expected = PackedTwin.RoundBytes(block);
            Assert.Equal(expected.Quants, quants);
            Assert.Equal((expected.Step, expected.Base), (step, middle));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    /// <summary>And what floats lose in the numbers themselves.</summary>
    [Fact]
    public void Round_OrdinaryNumbers_LeavesHalfAStep() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(int Seed, sbyte Shift)>(), given =>
        {
            var block = Shifted(given.Seed, given.Shift);
            var (quants, step, middle) = Round(block);
            for (var i = 0; i < 32; i++) Assert.InRange(Math.Abs(middle + (double)step * quants[i] - block[i]), 0, 0.5001 * step + 1e-6);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    /// <summary>llama.cpp's Q8_0 has steps of max |x| / 127: on numbers shaped like a bell the error left is at least a tenth smaller.</summary>
    [Fact]
    public void Round_NormalNumbers_LeavesLessThanSymmetricRounding()
    {
        double ours = 0, theirs = 0;
        for (var seed = 0; seed < 1000; seed++)
        {
            var block = RandomFloats.Normal(32, seed);
            var (quants, step, middle) = Round(block);
            var symmetric = block.Max(Math.Abs) / 127;
            for (var i = 0; i < 32; i++)
            {
                ours += Math.Pow((double)middle + (double)step * quants[i] - block[i], 2);
                theirs += Math.Pow(symmetric * Math.Round(block[i] / symmetric) - block[i], 2);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{Math.Sqrt(ours / theirs):f3} of the symmetric error");
        Assert.InRange(Math.Sqrt(ours / theirs), 0, 0.9);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.3f)]
    [InlineData(-7e30f)]
    [InlineData(1e-45f)]
    [InlineData(float.MaxValue)]
    public void Round_OneNumberThroughout_IsThatNumber(float x)
    {
        var (quants, step, middle) = Round([.. Enumerable.Repeat(x, 32)]);
        Assert.All(quants, q => Assert.Equal(x, middle + step * (double)q, Math.Abs(x) * 1e-6));
    }

    [Fact]
    public void Round_ZerosBesideOneNumber_StayZeros()
    {
        var block = new float[32];
        block[7] = -3f;
        block[9] = 0.01f;
        var (quants, step, middle) = Round(block);
        for (var i = 0; i < 32; i++)
            if (block[i] == 0f) Assert.Equal(0f, middle + step * quants[i]);
    }

    [Fact]
    public void Round_LargestAndSmallestFloats_StayFinite()
    {
        foreach (var x in (float[])[float.MaxValue, 1e30f, 1e-37f, 1e-40f, float.Epsilon])
        {
            var (quants, step, middle) = Round([.. Enumerable.Range(0, 32).Select(i => i % 3 == 0 ? -x : x)]);
            Assert.True(float.IsFinite(step) && float.IsFinite(middle));
            Assert.All(quants, q => Assert.True(double.Abs(middle + step * (double)q) <= 1.01 * x + 1e-36));
        }
    }

    /// <summary>Numbers shaped like a bell around -8 to 8.</summary>
    private static float[] Shifted(int seed, sbyte shift) => [.. RandomFloats.Normal(32, seed).Select(x => x + shift / 16f)];

    private static (int[] Quants, float Step, float Base) Round(float[] block)
    {
        var bytes = stackalloc byte[ByteInput.BlockByteCount];
        fixed (float* input = block) new ByteInput { Data = bytes, Stride = ByteInput.BlockByteCount }.Round(input, 0, 32);
        return ([.. new ReadOnlySpan<sbyte>(bytes, 32).ToArray()], *(float*)(bytes + ByteInput.StepAt), *(float*)(bytes + ByteInput.BaseAt));
    }
}
