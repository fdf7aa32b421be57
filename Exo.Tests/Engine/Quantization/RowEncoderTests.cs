using Exo.Engine.Quantization;
using Exo.Engine.Weights;
using Exo.Engine.Weights.Gguf;
using Exo.Tests.Engine.Cpu;

namespace Exo.Tests.Engine.Quantization;

/// <summary>Encoders against encodings that llama.cpp agrees with, and against the error their formats allow.</summary>
public sealed unsafe class RowEncoderTests
{
    [Fact]
    public void Encode_Q8_0Ramp_RoundsHalvesAwayFromZero()
    {
        var row = Enumerable.Range(0, 32).Select(i => i == 0 ? 127f : i % 2 == 0 ? i - 0.5f : 0.5f - i).ToArray();
        var block = new byte[34];

        RowEncoder.Encode(row, DType.Q8_0, block);

        Assert.Equal((Half)1, BitConverter.ToHalf(block));
        Assert.Equal(127, (sbyte)block[2]);
        for (var i = 1; i < 32; i++) Assert.Equal(i % 2 == 0 ? i : -i, (sbyte)block[2 + i]);
    }

    [Fact]
    public void Encode_Q4_0_ScalesByTheExtremeAndPacksHalves()
    {
        var row = new float[32];
        (row[0], row[1], row[16], row[17], row[31]) = (-8f, 7f, 3f, -3f, 7.9f);
        var block = new byte[18];

        RowEncoder.Encode(row, DType.Q4_0, block);

        Assert.Equal((Half)1, BitConverter.ToHalf(block));
        Assert.Equal([0 | (11 << 4), 15 | (5 << 4), 8 | (8 << 4), 8 | (15 << 4)], new[] { block[2], block[3], block[4], block[17] }.Select(value => (int)value));
    }

    [Theory]
    [InlineData("q8_0", DType.Q8_0)]
    [InlineData("q4_0", DType.Q4_0)]
    public void Encode_VectorModels_GivesTheirQuantizedFilesBitForBit(string name, DType type)
    {
        foreach (var model in new[] { "qwen3", "gemma2" })
        {
            using var plain = GgufSource.Open(GgufParts.Open(Vectors.Path("models", model, "model-f32.gguf")));
            using var quantized = GgufSource.Open(GgufParts.Open(Vectors.Path("models", model, $"model-{name}.gguf")));
            var compared = 0;
            foreach (var tensor in quantized.Names.Select(tensor => quantized.Find(tensor)!).Where(tensor => tensor.Type == type))
            {
                var rows = new WeightRows(plain.Find(tensor.Name)!);
                var encoded = new byte[type.ByteCount(tensor.Columns)];
                for (var row = 0; row < tensor.Rows; row++, compared++)
                {
                    rows.Encode(row, type, encoded);
                    Assert.True(tensor.RowBytes(row, 1).SequenceEqual(encoded), $"{model} {tensor.Name} row {row}");
                }
            }
            Assert.True(compared > 1000, $"{compared} rows");
        }
    }

    /// <summary>Root mean square of the error over that of the values, for normally distributed ones: a bit above what was measured.</summary>
    [Theory]
    [InlineData(DType.F32, 0)]
    [InlineData(DType.F16, 3e-4)]
    [InlineData(DType.BF16, 2.5e-3)]
    [InlineData(DType.Q8_0, 7e-3)]
    [InlineData(DType.Q6_K, 2.2e-2)]
    [InlineData(DType.Q4_K, 8.5e-2)]
    [InlineData(DType.Q4_0, 0.105)]
    public void Encode_NormalValues_KeepsTheErrorOfTheFormat(DType type, double allowed)
    {
        var values = RandomFloats.Normal(256 * 64, 11);
        var decoded = RoundTrip(values, type);

        var error = Math.Sqrt(values.Zip(decoded, (a, b) => Math.Pow(a - b, 2)).Sum() / values.Sum(value => (double)value * value));

        TestContext.Current.TestOutputHelper?.WriteLine($"{type}: {error:g4}");
        Assert.InRange(error, 0, allowed);
        if (type is not (DType.F32 or DType.F16 or DType.BF16)) Assert.InRange(error, allowed / 3, allowed); // an error too small means the wrong format was read
    }

    [Theory]
    [InlineData(DType.Q8_0)]
    [InlineData(DType.Q4_0)]
    [InlineData(DType.Q4_K)]
    [InlineData(DType.Q6_K)]
    public void Encode_ZerosAndConstants_AreKept(DType type)
    {
        Assert.All(RoundTrip(new float[512], type), value => Assert.Equal(0f, value));
        foreach (var constant in new[] { 1f, -0.25f, 3000f })
            Assert.All(RoundTrip([.. Enumerable.Repeat(constant, 256)], type), value => Assert.Equal(1, value / constant, 0.02));
    }

    [Fact]
    public void Encode_WrongLengthOrFormat_Throws()
    {
        Assert.Throws<ArgumentException>(() => RowEncoder.Encode(new float[31], DType.Q8_0, new byte[34]));
        Assert.Throws<ArgumentException>(() => RowEncoder.Encode(new float[32], DType.Q8_0, new byte[33]));
        Assert.Throws<ArgumentException>(() => RowEncoder.Encode(new float[256], DType.Q2_K, new byte[84]));
    }

    private static float[] RoundTrip(float[] values, DType type)
    {
        var bytes = new byte[type.ByteCount(values.Length)];
        RowEncoder.Encode(values, type, bytes);
        var decoded = new float[values.Length];
        fixed (byte* data = bytes)
        fixed (float* output = decoded)
            Exo.Engine.Cpu.Matrices.CpuMatrix.Over(new Tensor("row", type, [1, values.Length], data)).WidenRow(0, output);
        return decoded;
    }
}
