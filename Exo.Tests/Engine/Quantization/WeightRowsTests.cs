using Exo.Engine;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Models;
using Exo.Engine.Quantization;
using Exo.Engine.Weights;
using Exo.Tests.Engine.Cpu;
using Exo.Tests.Engine.Models.Gguf;
using Exo.Tests.Engine.Weights.Gguf;

namespace Exo.Tests.Engine.Quantization;

/// <summary>Weights at the end of what a format can keep: none becomes an infinity unsaid.</summary>
public sealed class WeightRowsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(DType.F16, 65519f)] // rounds to the largest half, 65504
    [InlineData(DType.BF16, -70000f)]
    [InlineData(DType.F32, 3.4e38f)]
    [InlineData(DType.Q8_0, 70000f)]
    [InlineData(DType.Q4_0, 70000f)]
    [InlineData(DType.Q4_K, 70000f)]
    [InlineData(DType.Q6_K, 70000f)]
    public void Encode_LargeWeight_StaysANumber(DType type, float weight)
    {
        var encoded = Encode(type, weight);

        Assert.Equal(weight, encoded, Math.Abs(weight) / 8); // what 4 bits leave of it
    }

    [Theory]
    [InlineData(DType.F16, 65520f)]
    [InlineData(DType.F16, -70000f)]
    [InlineData(DType.BF16, 3.4e38f)]
    [InlineData(DType.Q8_0, 1e7f)]
    [InlineData(DType.Q4_0, -1e6f)]
    [InlineData(DType.Q4_K, 1e8f)]
    [InlineData(DType.Q6_K, 1e10f)]
    public void Encode_WeightTooLargeForTheFormat_NamesItAndWhatToDo(DType type, float weight)
    {
        var refused = Assert.Throws<InvalidModelException>(() => Encode(type, weight));

        Assert.Contains("some.weight: holds ", refused.Message);
        Assert.Contains($" in row 1, which is too large for {type}: choose another format, such as {(type == DType.BF16 ? "F32" : "BF16")}", refused.Message);
    }

    [Fact]
    public void Write_WeightTooLargeForF16_LeavesTheTargetAsItWas()
    {
        var bytes = TinyGguf.Keys().WithEmbedding().WithLayers(0, 1).Floats("output_norm.weight", 8)
            .Tensor("output.weight", [6, 8], 0, [.. Enumerable.Repeat(70000f, 48).SelectMany(BitConverter.GetBytes)]);
        var source = _folder.Write("m.gguf", bytes.ToArray());
        var target = _folder.Write("o.gguf", "as it was");

        Assert.Contains("output.weight: holds 70000", Assert.Throws<InvalidModelException>(() => ModelQuantizer.Write(ModelFiles.Open(source), DType.F16, target)).Message);

        Assert.Equal("as it was", File.ReadAllText(target));
        ModelQuantizer.Write(ModelFiles.Open(source), DType.BF16, target);
    }

    /// <summary>What a weight among small ones is read back as, second row of two.</summary>
    private static unsafe float Encode(DType type, float weight)
    {
        const int Columns = 256, At = 77;
        var values = RandomFloats.Normal(2 * Columns, 1);
        values[Columns + At] = weight;
        fixed (float* data = values)
        {
            var stored = new byte[type.ByteCount(Columns)];
            new WeightRows(new Tensor("some.weight", DType.F32, [2, Columns], (byte*)data)).Encode(1, type, stored);
            var row = new float[Columns];
            fixed (byte* at = stored)
            fixed (float* read = row)
                CpuMatrix.Over(new Tensor("read", type, [1, Columns], at)).WidenRow(0, read);
            return row[At];
        }
    }
}
