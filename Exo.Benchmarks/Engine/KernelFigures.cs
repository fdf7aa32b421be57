using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Exo.Engine.Cpu;
using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Measuring;
using Exo.Engine.Weights;

namespace Exo.Benchmarks.Engine;

/// <summary>Products alone, no model around them: weights from memory (a set of matrices no cache holds) by 1, 8 and 512 tokens, for every format and instruction set.</summary>
internal static unsafe class KernelFigures
{
    private const int Rows = 4864;
    private const int Columns = 896;
    private const long SetByteCount = 256 << 20;

    public static int Run(string[] arguments)
    {
        var threads = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : Environment.ProcessorCount;
        DType[] types = arguments.Length > 1 ? [Enum.Parse<DType>(arguments[1])] : [DType.F16, DType.BF16, DType.Q8_0, DType.Q4_0, DType.Q4_K, DType.Q6_K];
        foreach (var type in types)
            foreach (var set in type.BlockSize() == 1 ? [InstructionSets.Best] : InstructionSets.Supported) Measure(type, set, threads);
        return 0;
    }

    private static void Measure(DType type, InstructionSet set, int threads)
    {
        using var team = new ComputeThreads(threads, "exo kernels");
        using var scratch = new ThreadScratch(threads);
        using var linear = new LinearJob(team, scratch);
        var columns = type.BlockSize() == 256 ? 1024 : Columns;
        var byteCount = type.ByteCount((long)Rows * columns);
        var data = (byte*)NativeMemory.AlignedAlloc((nuint)byteCount, 64);
        var random = new Random(1);
        for (long i = 0; i < byteCount; i++) data[i] = (byte)(i % 2 == 1 && type.BlockSize() == 1 ? 0x3C : random.Next(60)); // any finite numbers
        for (long i = 0; type == DType.BF16 && i < byteCount / sizeof(ushort); i++) BF16Element.StoreOne(Normal(random), data + i * sizeof(ushort)); // what is packed depends on how they are spread
        using var loader = new MatrixLoader(team, set);
        CpuMatrix[] matrices = [.. Enumerable.Range(0, (int)(SetByteCount / byteCount)).Select(_ => loader.Load(Copy(type, columns, data, byteCount)))];
        loader.Later.Finish();
        using var input = new NativeBuffer(512L * columns);
        using var output = new NativeBuffer(512L * Rows);
        for (var i = 0; i < 512 * columns; i++) input.Data[i] = random.NextSingle() - 0.5f;
        foreach (var tokens in (int[])[1, 8, 512])
        {
            var used = tokens == 512 ? matrices.AsSpan(0, 8) : matrices;
            var (best, bandwidth) = (double.MaxValue, 0.0);
            for (var repetition = 0; repetition < 5; repetition++)
            {
                if (tokens == 1) bandwidth = Math.Max(bandwidth, MemoryBandwidth.Measure(threads, 1));
                var start = Stopwatch.GetTimestamp();
                foreach (var matrix in used)
                {
                    linear.Add(matrix, null, output.Data, Rows);
                    linear.Run(new Activations(input.Data, tokens, columns));
                }

                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds / used.Length);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{type,-5} {set,-9} x{tokens,-3} {byteCount / best / 1e9,6:f1} GB/s {(tokens == 1 ? $"({byteCount / best / bandwidth:p0} of bandwidth)" : "")}  {2.0 * Rows * columns * tokens / best / 1e9,6:f0} G operations/s"));
        }

        foreach (var matrix in matrices) matrix.Dispose();
        NativeMemory.AlignedFree(data);
    }

    private static float Normal(Random random) => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));

    private static Tensor Copy(DType type, int columns, byte* data, long byteCount)
    {
        if (MatrixLoader.Packs(new Tensor("w", type, [Rows, columns], data))) return new Tensor("w", type, [Rows, columns], data);
        var copy = (byte*)NativeMemory.AlignedAlloc((nuint)byteCount, 64); // freed with the process
        Buffer.MemoryCopy(data, copy, byteCount, byteCount);
        return new Tensor("w", type, [Rows, columns], copy);
    }
}
