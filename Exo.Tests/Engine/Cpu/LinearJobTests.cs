using Exo.Engine.Cpu;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;

namespace Exo.Tests.Engine.Cpu;

/// <summary>Products that share an input.</summary>
public sealed class LinearJobTests
{
    [Fact]
    public unsafe void Run_AfterOneThatFailed_ForgetsWhatWasAddedToIt()
    {
        using var threads = new ComputeThreads(1, "test");
        using var scratch = new ThreadScratch(1);
        using var job = new LinearJob(threads, scratch);
        using var input = new NativeBuffer(8);
        using var output = new NativeBuffer(8);
        using var broken = new ConstantMatrix(0) { HasRoom = false };
        using var sound = new ConstantMatrix(3);

        for (var i = 0; i < 2; i++) // Twice three parts: more than there is room for.
        {
            for (var part = 0; part < 3; part++) job.Add(broken, null, output.Data, 1);
            Assert.Throws<OutOfMemoryException>(() => job.Run(new Activations(input.Data, 1, 8)));
        }

        job.Add(sound, null, output.Data, 1);
        job.Run(new Activations(input.Data, 1, 8));
        Assert.Equal(3f, output.Data[0]);
    }

    /// <summary>One row the product of which is always the same.</summary>
    private sealed unsafe class ConstantMatrix(float product) : CpuMatrix("constant", 1, 8)
    {
        public bool HasRoom { get; init; } = true;

        public override long ByteCount => 32;

        public override int ScratchCount => HasRoom ? 8 : throw new OutOfMemoryException();

        public override void Multiply(in Activations input, int firstRow, int rowCount, float* output, long outputStride, float* scratch) => *output = product;

        public override void WidenRow(int row, float* destination) => throw new NotSupportedException();

        protected override void WidenPiece(int row, int column, int columns, float* destination) => throw new NotSupportedException();
    }
}
