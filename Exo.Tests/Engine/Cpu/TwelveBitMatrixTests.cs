using Exo.Engine.Cpu;
using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Kernels.Twelve;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Weights;
using Exo.Tests.Engine.Cpu.Packed;

namespace Exo.Tests.Engine.Cpu;

/// <summary>BF16 in twelve bits a weight: whatever the weights are, the products are those of the stored matrix, bit for bit.</summary>
public sealed unsafe class TwelveBitMatrixTests
{
    private const int Columns = 608; // more than one piece of a panel, and part of one
    private const ushort NegativeZero = 0x8000, Smallest = 0x0001, Huge = 0x7F00;

    /// <summary>Weights and the instruction sets that multiply them.</summary>
    public static TheoryData<string, InstructionSetName> Kernels()
    {
        var data = new TheoryData<string, InstructionSetName>();
        foreach (var set in (InstructionSetName[])[InstructionSetName.Portable, InstructionSetName.Avx512])
            foreach (var weights in (string[])["normal", "of two signs and magnitudes", "zeros among others", "patches", "every pattern", "one row of each kind"]) data.Add(weights, set);
        return data;
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Multiply_AnyWeightsAndTokens_EqualsTheStoredMatrixBitForBit(string kind, InstructionSetName set)
    {
        Assert.SkipUnless(InstructionSets.Supported.Contains((InstructionSet)set), $"this machine has no {set}");
        const int Rows = 43; // two groups of sixteen, two whole quads and a part of one
        var weights = Weights(kind, Rows);
        var inputs = RandomFloats.Normal(131 * Columns, 3);
        foreach (var tokens in (int[])[1, 2, 3, 4, 5, 7, 8, 15, 33, 131])
        {
            var (expected, actual) = Multiply(weights, Rows, (InstructionSet)set, inputs, tokens);
            for (var i = 0; i < actual.Length; i++)
                Assert.True(BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]), $"{tokens} tokens, token {i / Rows}, row {i % Rows}: {actual[i]:r}, expected {expected[i]:r}");
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(18)]
    public void Multiply_FewRows_LeavesOtherOutputsAlone(int rows)
    {
        var weights = Weights("patches", rows);
        var inputs = RandomFloats.Normal(3 * Columns, 4);

        var (expected, actual) = Multiply(weights, rows, InstructionSets.Best, inputs, 3, stride: rows + 5);

        Assert.Equal(expected, actual);
        for (var i = 0; i < actual.Length; i++) Assert.Equal(i % (rows + 5) >= rows, actual[i] == -1f);
    }

    /// <summary>Each step of a shard finds one part more of a matrix packed.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(40)]
    public void Multiply_PartlyPacked_EqualsTheStoredMatrixBitForBit(int tokens)
    {
        const int Rows = 75;
        var inputs = RandomFloats.Normal(tokens * Columns, 5);
        for (var groups = 0; groups <= 5; groups++)
        {
            var (expected, actual) = Multiply(Weights("patches", Rows), Rows, InstructionSets.Best, inputs, tokens, packedGroups: groups);
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void Continue_AsManyTimesAsItHasSteps_PacksEverything()
    {
        fixed (ushort* data = Weights("normal", 400))
        {
            using var threads = new ComputeThreads(2, "test");
            using var loader = new MatrixLoader(threads, InstructionSets.Best);
            var matrices = new List<TwelveBitMatrix>();
            foreach (var rows in (int[])[200, 16, 7, 177]) matrices.Add(Assert.IsType<TwelveBitMatrix>(loader.Load(new Tensor("w", DType.BF16, [rows, Columns], (byte*)data))));
            var packing = loader.Later;
            Assert.Equal(matrices.Sum(matrix => matrix.PackedByteCount), packing.PendingByteCount);
            packing.Continue();
            Assert.Equal(matrices.Sum(matrix => matrix.PackedByteCount), packing.PendingByteCount); // the first step's token is waited for
            for (var step = 0; step < GradualPacking.Steps; step++)
            {
                var before = packing.PendingByteCount;
                packing.Continue();
                Assert.True(packing.PendingByteCount < before || before == 0);
            }

            Assert.Equal(0, packing.PendingByteCount);
            foreach (var matrix in matrices)
            {
                Assert.Equal(matrix.Groups, matrix.PackedGroups);
                matrix.Dispose();
            }
        }
    }

    [Theory]
    [InlineData("normal", 0, 3)]
    [InlineData("of two signs and magnitudes", 0, 0)]
    [InlineData("zeros among others", 0, 3)]
    [InlineData("patches", 3, 6)]
    [InlineData("every pattern", TwelveBits.NotPacked, TwelveBits.NotPacked)]
    public void Pack_TheseWeights_LeavesAsManyPatches(string kind, int least, int most)
    {
        using var quad = new NativePages(TwelveBits.QuadByteCount(Columns));
        fixed (ushort* rows = Weights(kind, 40))
        {
            for (var first = 0; first < 40; first += TwelveBits.Rows)
            {
                var r0 = rows + first * Columns;
                Assert.Equal(most != TwelveBits.NotPacked, TwelveBits.Pack(r0, r0 + Columns, r0 + 2 * Columns, r0 + 3 * Columns, Columns, quad.Data));
                Assert.InRange(TwelveBits.PatchCount(quad.Data), least, most);
            }
        }
    }

    [Fact]
    public void Load_NormalWeights_TakesThreeQuartersOfTheFile()
    {
        var weights = Weights("normal", 64);
        fixed (ushort* data = weights)
        {
            using var threads = new ComputeThreads(2, "test");
            var tensor = new Tensor("w", DType.BF16, [64, Columns], (byte*)data);
            using var loader = new MatrixLoader(threads, InstructionSets.Best);
            using var matrix = loader.Load(tensor);
            Assert.Equal(tensor.ByteCount, matrix.ByteCount);
            loader.Later.Finish();
            Assert.InRange(matrix.ByteCount / (double)tensor.ByteCount, 0.75, 0.77);
        }
    }

    [Fact]
    public void Load_RowsThatStepsDontFill_AreMultipliedWhereTheyAreStored()
    {
        fixed (ushort* data = Weights("normal", 2))
            Assert.False(TwelveBitMatrix.CanHold(new Tensor("w", DType.BF16, [2, Columns - 8], (byte*)data)));
    }

    /// <summary>What a weight can be: [rows, columns].</summary>
    private static ushort[] Weights(string kind, int rows)
    {
        var random = new Random(7);
        var weights = Array.ConvertAll(RandomFloats.Normal(rows * Columns, 2), value => (ushort)(BitConverter.SingleToUInt32Bits(0.02f * value) >> 16));
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = kind switch
            {
                "normal" => weights[i],
                "of two signs and magnitudes" => (ushort)(random.Next(4) switch { 0 => 0x3F80, 1 => 0xBF80, 2 => 0x3E80, _ => 0xBE80 }),
                "zeros among others" => random.Next(3) switch { 0 => 0, 1 => NegativeZero, _ => weights[i] },
                "patches" => i % 811 == 3 ? Huge : i % 1201 == 70 ? Smallest : weights[i], // at most six in four rows: as many as there is room for
                "every pattern" => (ushort)(random.Next(0x7F80) | random.Next(2) << 15), // finite; more patches than there is room for
                _ => (i / Columns % 4) switch { 0 => 0, 1 => (ushort)(weights[i] & 0x807F), 2 => Huge, _ => weights[i] },
            };
        }

        return weights;
    }

    /// <summary>The products with the stored matrix and with the packed one.</summary>
    private static (float[] Expected, float[] Actual) Multiply(ushort[] weights, int rows, InstructionSet set, float[] inputs, int tokens, int? stride = null, int? packedGroups = null)
    {
        var outputStride = stride ?? rows;
        var (expected, actual) = (Enumerable.Repeat(-1f, tokens * outputStride).ToArray(), Enumerable.Repeat(-1f, tokens * outputStride).ToArray());
        fixed (ushort* data = weights)
        fixed (float* input = inputs, expectedOutput = expected, actualOutput = actual)
        {
            using var threads = new ComputeThreads(2, "test");
            var tensor = new Tensor("w", DType.BF16, [rows, weights.Length / rows], (byte*)data);
            using var stored = CpuMatrix.Over(tensor);
            using var loader = new MatrixLoader(threads, set);
            using var packed = Assert.IsType<TwelveBitMatrix>(loader.Load(tensor));
            loader.Later.Finish();
            Assert.Equal(packed.Groups, packed.PackedGroups);
            packed.PackedGroups = packedGroups ?? packed.Groups;
            Multiply(stored, threads, new Activations(input, tokens, Columns), expectedOutput, outputStride);
            Multiply(packed, threads, new Activations(input, tokens, Columns), actualOutput, outputStride);
        }

        return (expected, actual);
    }

    private static void Multiply(CpuMatrix matrix, ComputeThreads threads, Activations input, float* output, int outputStride)
    {
        using var shaper = new InputShaper(threads);
        using var scratch = new NativeBuffer(matrix.ScratchCount);
        matrix.Multiply(shaper.Shape(input, Columns, matrix.FormsFor(input.Tokens)), 0, matrix.Rows, output, outputStride, scratch.Data);
    }
}
