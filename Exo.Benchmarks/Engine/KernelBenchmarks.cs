using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Exo.Engine.Cpu;
using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Weights;

namespace Exo.Benchmarks.Engine;

/// <summary>One product of each format by 1, 8 and 512 tokens on one thread, by BenchmarkDotNet: times with their spread, and what is allocated. The matrix stays in the processor's caches.</summary>
public unsafe class KernelBenchmarks
{
    private const int Rows = 1024;
    private const int Columns = 1024;

    private ComputeThreads _team = null!;
    private ThreadScratch _scratch = null!;
    private LinearJob _linear = null!;
    private MatrixLoader _loader = null!;
    private CpuMatrix _matrix = null!;
    private NativeBuffer _input = null!, _output = null!;
    private byte* _data;

    [Params(DType.F32, DType.BF16, DType.F16, DType.Q8_0, DType.Q4_0, DType.Q4_K, DType.Q6_K)]
    public DType Type { get; set; }

    [Params(1, 8, 512)]
    public int Tokens { get; set; }

    /// <param name="arguments">BenchmarkDotNet's own, such as <c>--filter</c> and <c>--job</c>.</param>
    public static int Run(string[] arguments)
    {
        // In this process: a project of BenchmarkDotNet's making would not see the engine's internals.
        var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)).AddDiagnoser(MemoryDiagnoser.Default);
        BenchmarkRunner.Run<KernelBenchmarks>(config, arguments);
        return 0;
    }

    [GlobalSetup]
    public void Setup()
    {
        var byteCount = Type.ByteCount((long)Rows * Columns);
        _data = (byte*)NativeMemory.AlignedAlloc((nuint)byteCount, 64);
        var random = new Random(1);
        for (long i = 0; i < byteCount; i++) _data[i] = (byte)(i % 2 == 1 && Type.BlockSize() == 1 ? 0x3C : random.Next(60)); // any finite numbers
        _team = new ComputeThreads(1, "exo kernels");
        _scratch = new ThreadScratch(1);
        _linear = new LinearJob(_team, _scratch);
        _loader = new MatrixLoader(_team, InstructionSets.Best);
        _matrix = _loader.Load(new Tensor("w", Type, [Rows, Columns], _data));
        _loader.Later.Finish();
        (_input, _output) = (new NativeBuffer((long)Tokens * Columns), new NativeBuffer((long)Tokens * Rows));
        for (var i = 0; i < Tokens * Columns; i++) _input.Data[i] = random.NextSingle() - 0.5f;
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (var owned in (IDisposable[])[_input, _output, _matrix, _loader, _linear, _scratch, _team]) owned.Dispose();
        NativeMemory.AlignedFree(_data);
    }

    [Benchmark]
    public void Product()
    {
        _linear.Add(_matrix, null, _output.Data, Rows);
        _linear.Run(new Activations(_input.Data, Tokens, Columns));
    }
}
