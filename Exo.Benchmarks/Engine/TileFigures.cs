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
        Measure<PackedQ8_0>("Q8_0");
        Measure<PackedQ4_0>("Q4_0");
        Measure<PackedQ4_K>("Q4_K");
        Measure<PackedQ6_K>("Q6_K");
        Measure<PackedPanel<PackedQ6_K>>("unpacked");
        return 0;
    }

    private static void Measure<TFormat>(string name)
        where TFormat : struct, IPackedFormat
    {
        switch (InstructionSets.Best)
        {
            case InstructionSet.Avx512:
                Measure<TFormat, Register512>(name);
                break;
            case InstructionSet.Avx2:
                Measure<TFormat, Register256>(name);
                break;
            default:
                Measure<TFormat, Register128>(name);
                break;
        }
    }

    private static void Measure<TFormat, TRegister>(string name)
        where TFormat : struct, IPackedFormat
        where TRegister : struct, IRegister<TRegister>
    {
        var byteCount = TFormat.GroupByteCount(Columns);
        var group = (byte*)NativeMemory.AlignedAlloc((nuint)byteCount, 64);
        var random = new Random(1);
        for (long i = 0; i < byteCount; i++) group[i] = (byte)random.Next(4, 60); // any ordinary numbers
        using var threads = new ComputeThreads(1, "exo tiles");
        using var rounder = new InputRounder(threads);
        using var input = new NativeBuffer(MostTokens * Columns);
        for (var i = 0; i < MostTokens * Columns; i++) input.Data[i] = random.NextSingle() - 0.5f;
        var rounded = rounder.Round(new Activations(input.Data, MostTokens, Columns), Columns).Rounded;
        using var sums = new NativeBuffer(MostTokens * PackedGroup.Rows);
        foreach (var tokens in (int[])[1, 2, 4, 8])
        {
            var best = double.MaxValue;
            for (var run = 0; run < Runs; run++)
            {
                new Span<float>(sums.Data, MostTokens * PackedGroup.Rows).Clear();
                var start = Stopwatch.GetTimestamp();
                for (var i = 0; i < CallsOfARun; i++) PackedTiles<TFormat, TRegister>.Accumulate(group, 0, Blocks, rounded, tokens, sums.Data);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / CallsOfARun / Blocks);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-8} {InstructionSets.Best,-9} x{tokens} {best,6:f1} ns a block of {PackedGroup.Rows} rows  {byteCount / (double)Blocks / best,5:f1} GB/s  {2.0 * PackedGroup.Rows * PackedGroup.BlockColumns * tokens / best,4:f0} G operations/s"));
        }

        NativeMemory.AlignedFree(group);
    }
}
