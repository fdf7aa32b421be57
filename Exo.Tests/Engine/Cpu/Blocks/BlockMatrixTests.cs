using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Weights;

namespace Exo.Tests.Engine.Cpu.Blocks;

/// <summary>Quantized matrices: every format widens to its definition, and every product has the bits of the widened matrix.</summary>
public sealed unsafe class BlockMatrixTests
{
    public static TheoryData<DType> Formats => [.. Enum.GetValues<DType>().Where(type => type.BlockSize() > 1)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void WidenRow_RandomBlocks_IsTheFormatsDefinition(DType type)
    {
        const int Rows = 40;
        var bytes = RandomBlocks.Make(type, Rows * 2, seed: 1);
        var columns = 2 * type.BlockSize();
        fixed (byte* data = bytes)
        {
            using var matrix = CpuMatrix.Over(new Tensor("w", type, [Rows, columns], data));
            using var threads = new ComputeThreads(1, "test");
            using var shaper = new InputShaper(threads);
            var widened = new float[columns];
            for (var row = 0; row < Rows; row++)
            {
                fixed (float* target = widened) matrix.WidenRow(row, target);
                for (var i = 0; i < columns; i++)
                {
                    var block = bytes.AsSpan((row * 2 + i / type.BlockSize()) * type.BlockByteCount(), type.BlockByteCount());
                    var expected = BlockTwins.Element(type, block, i % type.BlockSize());

                    // Where a minimum is subtracted the product is exact and the difference rounded once; its terms bound that rounding.
                    Assert.Equal(expected, widened[i], Math.Max(Math.Abs(expected), 4000) * 6e-8);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Multiply_OneFewOrManyTokens_GivesTheBitsOfTheWidenedMatrix(DType type)
    {
        const int Rows = 43;
        var columns = type.BlockSize() * (type.BlockSize() == 32 ? 11 : 3);
        var bytes = RandomBlocks.Make(type, Rows * columns / type.BlockSize(), seed: 2);
        var inputs = RandomFloats.Normal(13 * columns, 3);
        fixed (byte* data = bytes)
        fixed (float* input = inputs)
        {
            using var matrix = CpuMatrix.Over(new Tensor("w", type, [Rows, columns], data));
            using var threads = new ComputeThreads(1, "test");
            using var shaper = new InputShaper(threads);
            var widened = new float[Rows * columns];
            fixed (float* target = widened)
                for (var row = 0; row < Rows; row++) matrix.WidenRow(row, target + row * columns);
            foreach (var tokens in (int[])[1, 2, 5, 6, 13])
            {
                var outputs = new float[tokens * Rows];
                var scratch = new float[matrix.ScratchCount];
                var activations = shaper.Shape(new Activations(input, tokens, columns), columns, matrix.FormsFor(tokens));
                fixed (float* output = outputs, memory = scratch) matrix.Multiply(activations, 0, Rows, output, Rows, memory);

                for (var token = 0; token < tokens; token++)
                    for (var row = 0; row < Rows; row++)
                        Assert.Equal(ScalarTwins.Dot(widened.AsSpan(row * columns, columns), inputs.AsSpan(token * columns, columns)), outputs[token * Rows + row]);
            }
        }
    }

    [Fact]
    public void Over_RowsThatBlocksDoNotFill_IsRefusedByName()
    {
        var bytes = new byte[144];
        fixed (byte* data = bytes)
        {
            var tensor = new Tensor("blk.0.odd", DType.Q4_K, [2, 128], data);
            Assert.Contains("blk.0.odd", Assert.Throws<Exo.Engine.InvalidModelException>(() => CpuMatrix.Over(tensor)).Message, StringComparison.Ordinal);
        }
    }
}
