using System.Runtime.InteropServices;
using Exo.Engine.Cpu;
using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Weights;

namespace Exo.Tests.Engine.Cpu;

/// <summary>What plans count for a matrix is what it takes.</summary>
public sealed unsafe class LoadedSizeTests
{
    /// <summary>Every format, with whole groups of rows and without, and BF16 with rows that can't be packed.</summary>
    public static TheoryData<DType, int, int> Shapes()
    {
        var data = new TheoryData<DType, int, int>();
        foreach (var type in Enum.GetValues<DType>())
            foreach (var rows in (int[])[1, 16, 37]) data.Add(type, rows, 768);
        data.Add(DType.BF16, 5, 32);
        data.Add(DType.BF16, 5, 40);
        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Of_AMatrix_IsWhatTheLoadedOneTakes(DType type, int rows, int columns)
    {
        var zeros = NativeMemory.AllocZeroed((nuint)type.ByteCount((long)rows * columns));
        try
        {
            var tensor = new Tensor("w", type, [rows, columns], (byte*)zeros);
            using var threads = new ComputeThreads(1, "test");
            foreach (var needsFineInputs in (bool[])[false, true])
            {
                using var loader = new MatrixLoader(threads, InstructionSets.Best, needsFineInputs);
                using var matrix = loader.Load(tensor);
                loader.Later.Finish();
                Assert.Equal(matrix.ByteCount, LoadedSize.Of(tensor));
            }
        }
        finally
        {
            NativeMemory.Free(zeros);
        }
    }

    [Fact]
    public void Of_AVector_IsAsStored() => Assert.Equal(2 * 768, LoadedSize.Of(new Tensor("norm", DType.BF16, [768], null)));
}
