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
                Pairs<Register512>();
                Bytes<Register512>();
                break;
            case InstructionSet.Avx2:
                Pairs<Register256>();
                Bytes<Register256>();
                break;
            case InstructionSet.NeonDot:
                Pairs<Register128>();
                Bytes<RegisterNeonDot>();
                break;
            default:
                Pairs<Register128>();
                Bytes<Register128>();
                break;
        }

        return 0;
    }

    private static void Pairs<TRegister>()
        where TRegister : struct, IRegister<TRegister>
    {
        Measure<PairTile<PackedQ8_0, TRegister>>("Q8_0", PackedQ8_0.GroupByteCount(Columns));
        Measure<PairTile<PackedQ4_KPairs, TRegister>>("Q4_K 14", PackedQ4_KPairs.GroupByteCount(Columns));
        Measure<PairTile<PackedQ6_K, TRegister>>("Q6_K", PackedQ6_K.GroupByteCount(Columns));
        Measure<PairTile<PackedPanel<PackedQ6_K>, TRegister>>("unpacked", PackedPanel<PackedQ6_K>.GroupByteCount(Columns));
    }

    private static void Bytes<TRegister>()
        where TRegister : struct, IByteRegister<TRegister>
    {
        Measure<ByteTile<PackedQ4_0, TRegister>>("Q4_0", PackedQ4_0.GroupByteCount(Columns));
        Measure<ByteTile<PackedQ4_K, TRegister>>("Q4_K", PackedQ4_K.GroupByteCount(Columns));
        Bytes<PackedQ4_0, TRegister>("4_0");
        Bytes<PackedQ4_K, TRegister>("4_K");
    }

    /// <summary>Unpacked bytes, of one group and of two.</summary>
    private static void Bytes<TFormat, TRegister>(string name)
        where TFormat : struct, IByteFormat
        where TRegister : struct, IByteRegister<TRegister>
    {
        var byteCount = BytePanel<TFormat>.GroupByteCount(Columns);
        Measure<ByteTile<BytePanel<TFormat>, TRegister>>($"bytes {name}", byteCount);
        if (typeof(TRegister) == typeof(Register512)) Measure<TwoTile<TFormat, TRegister>>($"2 x {name}", 2 * byteCount);
    }

    private static void Measure<TTile>(string name, long byteCount)
        where TTile : struct, ITile
    {
        var group = (byte*)NativeMemory.AlignedAlloc((nuint)byteCount, 64);
        var random = new Random(1);
        for (long i = 0; i < byteCount; i++) group[i] = (byte)random.Next(4, 60); // any ordinary numbers
        using var threads = new ComputeThreads(1, "exo tiles");
        using var shaper = new InputShaper(threads);
        using var input = new NativeBuffer(MostTokens * Columns);
        for (var i = 0; i < MostTokens * Columns; i++) input.Data[i] = random.NextSingle() - 0.5f;
        var rounded = shaper.Shape(new Activations(input.Data, MostTokens, Columns), Columns, TTile.Form);
        using var sums = new NativeBuffer(2 * MostTokens * PackedGroup.Rows);
        foreach (var tokens in (int[])[1, 2, 4, 8])
        {
            var best = double.MaxValue;
            for (var run = 0; run < Runs; run++)
            {
                new Span<float>(sums.Data, 2 * MostTokens * PackedGroup.Rows).Clear();
                var start = Stopwatch.GetTimestamp();
                for (var i = 0; i < CallsOfARun; i++) TTile.Accumulate(group, rounded, tokens, sums.Data);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / CallsOfARun / Blocks);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-9} {InstructionSets.Best,-9} x{tokens} {best,6:f1} ns a block of {PackedGroup.Rows} rows  {byteCount / (double)Blocks / best,5:f1} GB/s  {2.0 * PackedGroup.Rows * PackedGroup.BlockColumns * tokens / best,4:f0} G operations/s"));
        }

        NativeMemory.AlignedFree(group);
    }

    private interface ITile
    {
        static abstract InputForms Form { get; }

        static abstract void Accumulate(byte* group, in Activations input, int tokens, float* sums);
    }

    private readonly struct PairTile<TFormat, TRegister> : ITile
        where TFormat : struct, IPackedFormat
        where TRegister : struct, IRegister<TRegister>
    {
        public static InputForms Form => InputForms.FourteenBits;

        public static void Accumulate(byte* group, in Activations input, int tokens, float* sums) =>
            PackedTiles<TFormat, TRegister>.Accumulate(group, 0, Blocks, input.Rounded, tokens, sums);
    }

    private readonly struct ByteTile<TFormat, TRegister> : ITile
        where TFormat : struct, IByteFormat
        where TRegister : struct, IByteRegister<TRegister>
    {
        public static InputForms Form => InputForms.EightBits;

        public static void Accumulate(byte* group, in Activations input, int tokens, float* sums) =>
            ByteTiles<TFormat, TRegister>.Accumulate(group, 0, Blocks, input.Bytes, tokens, sums);
    }

    /// <summary>Two groups, so 32 rows; of whole tiles of four tokens only.</summary>
    private readonly struct TwoTile<TFormat, TRegister> : ITile
        where TFormat : struct, IByteFormat
        where TRegister : struct, IByteRegister<TRegister>
    {
        public static InputForms Form => InputForms.EightBits;

        public static void Accumulate(byte* group, in Activations input, int tokens, float* sums) =>
            ByteTiles<BytePanel<TFormat>, TRegister>.AccumulateTwo(group, group + BytePanel<TFormat>.GroupByteCount(Columns), Blocks, input.Bytes, tokens, sums, sums + MostTokens * PackedGroup.Rows);
    }
}
