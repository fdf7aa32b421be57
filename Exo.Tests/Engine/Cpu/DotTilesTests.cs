using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Weights;

namespace Exo.Tests.Engine.Cpu;

/// <summary>Matrix products: every path (one token, few, many; whole tiles and rests) gives the bits of the scalar twin.</summary>
public sealed unsafe class DotTilesTests
{
    public static TheoryData<DType, int, int, int> Shapes()
    {
        var data = new TheoryData<DType, int, int, int>();
        foreach (var type in (DType[])[DType.F32, DType.F16, DType.BF16])
            foreach (var (rows, columns) in ((int, int)[])[(1, 1), (3, 8), (13, 20), (17, 64), (40, 131), (64, 256)])
                foreach (var tokens in (int[])[1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 27]) data.Add(type, rows, columns, tokens);
        foreach (var type in (DType[])[DType.F16, DType.BF16]) data.Add(type, 40, 72, 37); // many tokens
        data.Add(DType.BF16, 20, 1104, 131); // more than one piece of columns
        data.Add(DType.BF16, 18, 272, PanelTiles.BlockTokens + 7); // more than one block of tokens
        data.Add(DType.F16, 35, 520, 129);
        return data;
    }

    [Fact]
    public void PanelTiles_FirstPiece_StartsFromZeros()
    {
        var tileTokens = PanelInput.BestTileTokens;
        const int Columns = 16;
        var panel = RandomFloats.Normal(PanelTiles.PieceCount, 9);
        var inputs = RandomFloats.Normal(2 * tileTokens * Columns, 10);
        var (cleared, stale) = (new float[PanelTiles.LaneCount], Enumerable.Repeat(7f, PanelTiles.LaneCount).ToArray());
        fixed (float* p = panel, i = inputs, c = cleared, s = stale, zeros = new float[PanelTiles.ZeroCount])
        {
            PanelTiles.Accumulate(p, Columns, i, 2 * tileTokens, tileTokens, null, c);
            PanelTiles.Accumulate(p, Columns, i, 2 * tileTokens, tileTokens, zeros, s);
        }

        Assert.Equal(cleared[..(2 * tileTokens * PanelTiles.TokenLanes)], stale[..(2 * tileTokens * PanelTiles.TokenLanes)]);
    }

    [Theory]
    [InlineData(PanelTiles.PieceColumns)]
    [InlineData(PanelTiles.PieceColumns + 24)]
    public void PanelTiles_NarrowRegisters_GiveTheBitsOfWideOnes(int columns)
    {
        const int Tokens = 17;
        var panel = RandomFloats.Normal(PanelTiles.PieceCount, 5);
        var inputs = RandomFloats.Normal(Tokens * columns, 6);
        if (PanelTiles.IsWide) Assert.Equal(LanesOf(panel, inputs, columns, NarrowPanelTiles.TileTokens), LanesOf(panel, inputs, columns, WidePanelTiles.TileTokens));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Multiply_AnyShape_EqualsItsTwinBitForBit(DType type, int rows, int columns, int tokens)
    {
        var stored = Store(RandomFloats.Normal(rows * columns, 1), type, out var weights);
        var inputs = RandomFloats.Normal(tokens * columns, 2);
        var outputs = new float[tokens * rows];
        fixed (byte* data = stored)
        fixed (float* input = inputs, output = outputs)
        {
            using var matrix = CpuMatrix.Over(new Tensor("w", type, [rows, columns], data));
            using var threads = new ComputeThreads(1, "test");
            using var shaper = new InputShaper(threads);
            var scratch = new float[matrix.ScratchCount];
            fixed (float* s = scratch) matrix.Multiply(shaper.Shape(new Activations(input, tokens, columns), columns, matrix.FormsFor(tokens)), 0, rows, output, rows, s);
        }

        for (var token = 0; token < tokens; token++)
            for (var row = 0; row < rows; row++)
                Assert.Equal(ScalarTwins.Dot(weights.AsSpan(row * columns, columns), inputs.AsSpan(token * columns, columns)), outputs[token * rows + row]);
    }

    [Theory]
    [InlineData(1f, 1e-6f)] // halves below the smallest normal one
    [InlineData(3e4f, 1f)]
    [InlineData(4e4f, 1f)] // inputs too large to be multiplied by 2¹¹²
    [InlineData(1e30f, 1e-6f)]
    [InlineData(1e-38f, 1f)]
    public void Multiply_HalvesAndInputsOfAnySize_EqualTheirTwinBitForBit(float inputSize, float weightSize)
    {
        const int Rows = 21, Columns = 40;
        var stored = Store([.. RandomFloats.Normal(Rows * Columns, 7).Select(x => x * weightSize)], DType.F16, out var weights);
        foreach (var tokens in (int[])[1, 4, 5])
        {
            var inputs = RandomFloats.Normal(tokens * Columns, 8).Select(x => x * inputSize).ToArray();
            var outputs = new float[tokens * Rows];
            fixed (byte* data = stored)
            fixed (float* input = inputs, output = outputs)
            {
                using var matrix = CpuMatrix.Over(new Tensor("w", DType.F16, [Rows, Columns], data));
                fixed (float* scratch = new float[matrix.ScratchCount]) matrix.Multiply(new Activations(input, tokens, Columns), 0, Rows, output, Rows, scratch);
            }

            for (var token = 0; token < tokens; token++)
                for (var row = 0; row < Rows; row++)
                    Assert.Equal(ScalarTwins.Dot(weights.AsSpan(row * Columns, Columns), inputs.AsSpan(token * Columns, Columns)), outputs[token * Rows + row]);
        }
    }

    [Fact]
    public void Multiply_PartOfTheRows_LeavesTheOthersAlone()
    {
        var stored = Store(RandomFloats.Normal(32 * 16, 3), DType.BF16, out var weights);
        var inputs = RandomFloats.Normal(16, 4);
        var outputs = Enumerable.Repeat(-1f, 32).ToArray();
        fixed (byte* data = stored)
        fixed (float* input = inputs, output = outputs)
        {
            using var matrix = CpuMatrix.Over(new Tensor("w", DType.BF16, [32, 16], data));
            matrix.Multiply(new Activations(input, 1, 16), 8, 16, output + 8, 32, null);
        }

        for (var row = 0; row < 32; row++)
            Assert.Equal(row is >= 8 and < 24 ? ScalarTwins.Dot(weights.AsSpan(row * 16, 16), inputs) : -1f, outputs[row]);
    }

    /// <summary>The lanes of the first 17 tokens after all pieces, every piece multiplied by the same panel.</summary>
    private static float[] LanesOf(float[] panel, float[] inputs, int columns, int tileTokens)
    {
        var tokens = inputs.Length / columns;
        var padded = PanelInput.Padded(tokens, tileTokens);
        var (placed, lanes) = (new float[padded * columns], new float[PanelTiles.LaneCount]);
        fixed (float* p = panel, i = inputs, d = placed, l = lanes, zeros = new float[PanelTiles.ZeroCount])
        {
            var input = new PanelInput { Data = d, PaddedTokens = padded, Columns = columns, TileTokens = tileTokens };
            for (var token = 0; token < padded; token++) input.Place(token < tokens ? i + token * columns : null, token);
            for (var column = 0; column < columns; column += PanelTiles.PieceColumns)
                PanelTiles.Accumulate(p, Math.Min(PanelTiles.PieceColumns, columns - column), input.Piece(0, column), padded, tileTokens, column == 0 ? zeros : null, l);
        }

        return lanes[..(tokens * PanelTiles.TokenLanes)];
    }

    /// <summary>Floats as stored bytes, and what those bytes stand for.</summary>
    private static byte[] Store(float[] values, DType type, out float[] widened)
    {
        var bytes = new byte[type.ByteCount(values.Length)];
        widened = new float[values.Length];
        fixed (byte* data = bytes)
        {
            for (var i = 0; i < values.Length; i++)
            {
                var at = data + i * type.BlockByteCount();
                if (type == DType.F32) F32Element.StoreOne(values[i], at);
                else if (type == DType.F16) F16Element.StoreOne(values[i], at);
                else BF16Element.StoreOne(values[i], at);
                widened[i] = type == DType.F32 ? F32Element.LoadOne(at) : type == DType.F16 ? F16Element.LoadOne(at) : BF16Element.LoadOne(at);
            }
        }

        return bytes;
    }
}
