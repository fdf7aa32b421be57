using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Exo.Engine.Cpu;
using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;

namespace Exo.Benchmarks.Engine;

/// <summary>Packed tiles alone, sixteen rows in the first-level cache, one thread: what the instructions take, whatever neighbours do to memory. Best of many short runs.</summary>
internal static unsafe class TileFigures
{
    private const int Columns = 512, Blocks = Columns / PackedGroup.BlockColumns, MostTokens = 8;
    private const int Runs = 400, CallsOfARun = 50;

    public static int Run()
    {
        switch (InstructionSets.Best)
        {
            case InstructionSet.Avx512:
                Measure<Register512>();
                break;
            case InstructionSet.Avx2:
                Measure<Register256>();
                break;
            default:
                Measure<Register128>();
                break;
        }

        return 0;
    }

    private static void Measure<TRegister>()
        where TRegister : struct, IRegister<TRegister>
    {
        Measure("Q8_0", PackedQ8_0.GroupByteCount(Columns), PackedTiles<PackedQ8_0, TRegister>.Accumulate);
        Measure("Q4_0", PackedQ4_0.GroupByteCount(Columns), ByteTiles<PackedQ4_0, TRegister>.Accumulate);
        Measure("Q4_K", PackedQ4_K.GroupByteCount(Columns), PackedTiles<PackedQ4_K, TRegister>.Accumulate);
        Measure("Q6_K", PackedQ6_K.GroupByteCount(Columns), PackedTiles<PackedQ6_K, TRegister>.Accumulate);
        Measure("unpacked", PackedPanel<PackedQ6_K>.GroupByteCount(Columns), PackedTiles<PackedPanel<PackedQ6_K>, TRegister>.Accumulate);
        Measure("unp Q4_0", Blocks * BytePanel.BlockByteCount, ByteTiles<BytePanel, TRegister>.Accumulate);
    }

    private delegate void Tiles<TInput>(byte* group, int firstBlock, int blocks, in TInput input, int tokens, float* sums);

    private static void Measure(string name, long byteCount, Tiles<RoundedInput> tiles) =>
        Measure(name, byteCount, InputForms.FourteenBits, (byte* group, in Activations input, int tokens, float* sums) => tiles(group, 0, Blocks, input.Rounded, tokens, sums));

    private static void Measure(string name, long byteCount, Tiles<ByteInput> tiles) =>
        Measure(name, byteCount, InputForms.EightBits, (byte* group, in Activations input, int tokens, float* sums) => tiles(group, 0, Blocks, input.Bytes, tokens, sums));

    private delegate void Tile(byte* group, in Activations input, int tokens, float* sums);

    private static void Measure(string name, long byteCount, InputForms form, Tile tile)
    {
        var group = (byte*)NativeMemory.AlignedAlloc((nuint)byteCount, 64);
        var random = new Random(1);
        for (long i = 0; i < byteCount; i++) group[i] = (byte)random.Next(4, 60); // any ordinary numbers
        using var threads = new ComputeThreads(1, "exo tiles");
        using var rounder = new InputRounder(threads);
        using var input = new NativeBuffer(MostTokens * Columns);
        for (var i = 0; i < MostTokens * Columns; i++) input.Data[i] = random.NextSingle() - 0.5f;
        var rounded = rounder.Round(new Activations(input.Data, MostTokens, Columns), Columns, form);
        using var sums = new NativeBuffer(MostTokens * PackedGroup.Rows);
        foreach (var tokens in (int[])[1, 2, 4, 8])
        {
            var best = double.MaxValue;
            for (var run = 0; run < Runs; run++)
            {
                new Span<float>(sums.Data, MostTokens * PackedGroup.Rows).Clear();
                var start = Stopwatch.GetTimestamp();
                for (var i = 0; i < CallsOfARun; i++) tile(group, rounded, tokens, sums.Data);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / CallsOfARun / Blocks);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-8} {InstructionSets.Best,-9} x{tokens} {best,6:f1} ns a block of {PackedGroup.Rows} rows  {byteCount / (double)Blocks / best,5:f1} GB/s  {2.0 * PackedGroup.Rows * PackedGroup.BlockColumns * tokens / best,4:f0} G operations/s"));
        }

        NativeMemory.AlignedFree(group);
    }
}
