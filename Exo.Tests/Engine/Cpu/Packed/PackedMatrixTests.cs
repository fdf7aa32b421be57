using Exo.Engine.Cpu;
using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Weights;
using Exo.Tests.Engine.Cpu.Blocks;

namespace Exo.Tests.Engine.Cpu.Packed;

/// <summary>Repacked matrices: every instruction set and every tile gives the bits of the scalar twin.</summary>
public sealed unsafe class PackedMatrixTests
{
    private static readonly DType[] Formats = [DType.Q8_0, DType.Q4_0, DType.Q4_K, DType.Q6_K];

    /// <summary>Formats, instruction sets, and whether inputs of four-bit weights are rounded to 14 bits.</summary>
    public static TheoryData<DType, InstructionSetName, bool> Kernels()
    {
        var data = new TheoryData<DType, InstructionSetName, bool>();
        foreach (var set in Enum.GetValues<InstructionSetName>())
        {
            foreach (var type in Formats) data.Add(type, set, false);
            foreach (var type in Formats.Where(PackedTwin.IsFourBit)) data.Add(type, set, true);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Multiply_AnyTokens_EqualsItsTwinBitForBit(DType type, InstructionSetName set, bool isFine)
    {
        SkipWithout(set);
        const int Rows = 43; // two whole groups and a part
        var columns = type.BlockSize() == 32 ? 608 : 768; // more than one unpacked piece
        var bytes = RandomBlocks.Make(type, Rows * columns / type.BlockSize(), seed: 2);
        var inputs = Inputs(131, columns);
        var expected = Expected(type, isFine, bytes, Rows, inputs, columns);
        foreach (var tokens in (int[])[1, 2, 3, 4, 7, 8, 13, 23, 24, 131])
        {
            var outputs = Multiply(type, (InstructionSet)set, isFine, bytes, Rows, inputs.AsSpan(0, tokens * columns), columns);
            for (var i = 0; i < outputs.Length; i++)
                Assert.True(expected[i] == outputs[i], $"{tokens} tokens, token {i / Rows}, row {i % Rows}: {outputs[i]:r}, expected {expected[i]:r}");
        }
    }

    /// <summary>One token has ways of its own through each format's quants.</summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void Multiply_OneTokenAnyRows_EqualsItsTwinBitForBit(DType type, InstructionSetName set, bool isFine)
    {
        SkipWithout(set);
        var columns = type.BlockSize() == 32 ? 608 : 768;
        var inputs = Inputs(1, columns);
        foreach (var rows in (int[])[5, 16, 59])
        {
            var bytes = RandomBlocks.Make(type, rows * columns / type.BlockSize(), seed: rows);
            Assert.Equal(Expected(type, isFine, bytes, rows, inputs, columns), Multiply(type, (InstructionSet)set, isFine, bytes, rows, inputs, columns));
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Multiply_RandomBlocks_IsTheWidenedProductButForRoundedInputs(DType type, InstructionSetName set, bool isFine)
    {
        SkipWithout(set);
        const int Rows = 16;
        var columns = 512;
        var bytes = RandomBlocks.Make(type, Rows * columns / type.BlockSize(), seed: 3);
        var inputs = Inputs(1, columns);
        var outputs = Multiply(type, (InstructionSet)set, isFine, bytes, Rows, inputs, columns);
        for (var row = 0; row < Rows; row++)
        {
            double exact = 0, size = 0;
            for (var k = 0; k < columns; k++)
            {
                var at = (row * columns + k) / type.BlockSize() * type.BlockByteCount();
                var product = BlockTwins.Element(type, bytes.AsSpan(at, type.BlockByteCount()), k % type.BlockSize()) * inputs[k];
                exact += product;
                size += Math.Abs(product);
            }

            // Half a step of 1/8191 of the block's largest input, which is some times the usual one; halved again by signs that differ. Eight bits: 1/255 of twice that.
            Assert.Equal(exact, outputs[row], size * (PackedTwin.IsFourBit(type) && !isFine ? 1e-2 : 2e-4));
        }
    }

    [Fact]
    public void Load_RowsThatAreNoMultipleOfAGroup_PadsWithZerosAndLeavesOthersAlone()
    {
        var bytes = RandomBlocks.Make(DType.Q8_0, 20, seed: 4);
        var inputs = Inputs(1, 32);
        fixed (byte* data = bytes)
        fixed (float* input = inputs)
        {
            using var threads = new ComputeThreads(1, "test");
            using var matrix = new MatrixLoader(threads, InstructionSets.Best).Load(new Tensor("w", DType.Q8_0, [20, 32], data));
            using var shaper = new InputShaper(threads);
            var outputs = Enumerable.Repeat(-1f, 32).ToArray();
            var scratch = new float[matrix.ScratchCount];
            fixed (float* output = outputs, memory = scratch) matrix.Multiply(shaper.Shape(new Activations(input, 1, 32), 32, matrix.FormsFor(1)), 16, 4, output + 16, 32, memory);

            Assert.All(outputs.AsSpan(0, 16).ToArray(), value => Assert.Equal(-1f, value));
            Assert.All(outputs.AsSpan(20).ToArray(), value => Assert.Equal(-1f, value));
            for (var row = 16; row < 20; row++) Assert.Equal(PackedTwin.Dot(DType.Q8_0, isFine: false, bytes.AsSpan(row * 34, 34), inputs), outputs[row]);
        }
    }

    [Fact]
    public void Load_FileBytes_TakesAtMostFifteenPercentMore()
    {
        foreach (var (type, isFine) in Formats.Select(type => (type, false)).Concat(Formats.Where(PackedTwin.IsFourBit).Select(type => (type, true))))
        {
            var bytes = RandomBlocks.Make(type, 64 * 512 / type.BlockSize(), seed: 5);
            fixed (byte* data = bytes)
            {
                using var threads = new ComputeThreads(1, "test");
                var tensor = new Tensor("w", type, [64, 512], data);
                using var matrix = new MatrixLoader(threads, InstructionSets.Best, isFine).Load(tensor);
                Assert.Equal(PackedTwin.IsFourBit(type) && !isFine ? InputForms.EightBits : InputForms.FourteenBits, matrix.FormsFor(1));
                Assert.InRange(matrix.ByteCount, tensor.ByteCount, tensor.ByteCount * 1.05);
            }
        }
    }

    private static void SkipWithout(InstructionSetName set) => Assert.SkipUnless(InstructionSets.Supported.Contains((InstructionSet)set), $"this machine has no {set}");

    /// <summary>
    /// Ordinary numbers, then blocks of their own for what rounding might trip over: zeros, the smallest floats, one number throughout, all above and all below zero, numbers
    /// that only the last bits tell apart, one among zeros, huge ones.
    /// </summary>
    private static float[] Inputs(int tokens, int columns)
    {
        var inputs = RandomFloats.Normal(tokens * columns, 3);
        if (tokens > 1) inputs.AsSpan(columns, 32).Clear();
        if (tokens > 2)
            for (var i = 0; i < 32; i++)
            {
                inputs[2 * columns + i] *= 1e-44f;
                inputs[2 * columns + 32 + i] = 0.3f;
                inputs[2 * columns + 64 + i] = 1f + MathF.Abs(inputs[2 * columns + 64 + i]);
                inputs[2 * columns + 96 + i] = -1f - MathF.Abs(inputs[2 * columns + 96 + i]);
                inputs[2 * columns + 128 + i] = MathF.BitIncrement(7f + i % 3 * 5e-7f);
                inputs[2 * columns + 160 + i] = i == 5 ? -3f : 0f;
                inputs[2 * columns + 192 + i] *= 1e-37f;
            }
        if (tokens > 3)
            for (var i = 0; i < 32; i++) inputs[3 * columns + 512 + i] *= 1e25f;
        return inputs;
    }

    private static float[] Expected(DType type, bool isFine, byte[] bytes, int rows, float[] inputs, int columns)
    {
        var rowByteCount = (int)type.ByteCount(columns);
        var expected = new float[inputs.Length / columns * rows];
        Parallel.For(0, expected.Length, i => expected[i] = PackedTwin.Dot(type, isFine, bytes.AsSpan(i % rows * rowByteCount, rowByteCount), inputs.AsSpan(i / rows * columns, columns)));
        return expected;
    }

    private static float[] Multiply(DType type, InstructionSet set, bool isFine, byte[] bytes, int rows, ReadOnlySpan<float> inputs, int columns)
    {
        var tokens = inputs.Length / columns;
        var outputs = new float[tokens * rows];
        fixed (byte* data = bytes)
        fixed (float* input = inputs, output = outputs)
        {
            using var threads = new ComputeThreads(2, "test");
            using var matrix = new MatrixLoader(threads, set, isFine).Load(new Tensor("w", type, [rows, columns], data));
            using var shaper = new InputShaper(threads);
            using var scratch = new NativeBuffer(matrix.ScratchCount);
            matrix.Multiply(shaper.Shape(new Activations(input, tokens, columns), columns, matrix.FormsFor(tokens)), 0, rows, output, rows, scratch.Data);
        }

        return outputs;
    }
}

/// <summary>The instruction sets by name, for test data that others may see.</summary>
public enum InstructionSetName
{
    Portable = InstructionSet.Portable,
    NeonDot = InstructionSet.NeonDot,
    Avx2 = InstructionSet.Avx2,
    Avx512 = InstructionSet.Avx512,
}
