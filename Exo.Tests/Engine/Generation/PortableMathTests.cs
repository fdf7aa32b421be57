using Exo.Engine.Generation;

namespace Exo.Tests.Engine.Generation;

public sealed class PortableMathTests
{
    [Fact]
    public void Exp_OverItsRange_IsWithinTwoUnitsInTheLastPlace()
    {
        var values = Enumerable.Range(0, 86_999).Select(i => -i / 1000f).ToArray();
        var result = new float[values.Length];

        PortableMath.Exp(values, 0f, 1f, result);

        for (var i = 0; i < values.Length; i++)
        {
            var exact = Math.Exp(values[i]);
            Assert.InRange(result[i], exact * (1 - 2.4e-7), exact * (1 + 2.4e-7)); // 2 · 2^-23
        }
    }

    [Fact]
    public void Exp_AtTheEdges_IsOneAndZero()
    {
        var result = new float[4];

        PortableMath.Exp([5f, 4f, -1000f, float.NegativeInfinity], 5f, 1e-30f, result);

        Assert.Equal([1f, 0f, 0f, 0f], result);
    }

    /// <summary>Bits computed by IEEE single arithmetic elsewhere (numpy): every machine must give the same.</summary>
    [Fact]
    public void Exp_KnownValues_AreTheseBits()
    {
        float[] values = [-0.1f, -0.5f, -1f, -2.5f, -7.3f, -20f, -50.25f, -86.9f, -0.3465736f];
        var result = new float[values.Length];

        PortableMath.Exp(values, 0f, 1f, result);

        Assert.Equal(
            [0x3F67A36D, 0x3F1B4598, 0x3EBC5AB2, 0x3DA81C2E, 0x3A3116A2, 0x310DA433, 0x1B35981C, 0x00C60F89, 0x3F3504F3],
            result.Select(BitConverter.SingleToInt32Bits));
    }

    /// <summary>The vector path, its split and the tail give an element the same bits wherever it stands.</summary>
    [Fact]
    public void Exp_OfAnyLength_DoesNotDependOnTheNeighbours()
    {
        var values = Enumerable.Range(0, 37).Select(i => -0.37f * i).ToArray();
        var whole = new float[values.Length];
        PortableMath.Exp(values, 0.25f, 0.7f, whole);

        for (var i = 0; i < values.Length; i++)
        {
            var alone = new float[1];
            PortableMath.Exp(values.AsSpan(i, 1), 0.25f, 0.7f, alone);
            Assert.Equal(BitConverter.SingleToInt32Bits(whole[i]), BitConverter.SingleToInt32Bits(alone[0]));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(1003)]
    public void SumExp_IsTheSum(int length)
    {
        var values = Enumerable.Range(0, length).Select(i => MathF.Sin(i) * 9 - 9).ToArray();

        var sum = PortableMath.SumExp(values, 0f);

        var exact = values.Sum(value => Math.Exp(value));
        Assert.InRange(sum, exact * (1 - 3e-7), exact * (1 + 3e-7));
    }

    [Theory]
    [InlineData(1d)]
    [InlineData(1.4142135623730951)]
    [InlineData(1.4142135623730949)]
    [InlineData(1.9999999)]
    [InlineData(2d)]
    [InlineData(151936.5)]
    [InlineData(1e-12)]
    [InlineData(3.7e250)]
    public void Log_IsTheLogarithm(double value) =>
        Assert.Equal(Math.Log(value), PortableMath.Log(value), 1e-15 * Math.Max(1, Math.Abs(Math.Log(value))));
}
