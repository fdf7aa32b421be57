using System.Globalization;
using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Measuring;
using Exo.Engine.Models;

namespace Exo.Benchmarks.Engine;

/// <summary>Prefill and decode of a model on the CPU backend, beside the machine's limits of the same minute.</summary>
internal static class EngineFigures
{
    public static int Run(string folder, string[] arguments)
    {
        var threads = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : Environment.ProcessorCount;
        var quick = arguments.Length > 1;
        var files = ModelFiles.Open(folder);
        using var source = files.OpenWeights();
        var all = LayerRange.All(files.Spec);
        var weights = files.LoadShard(source, all);
        using var shard = new CpuBackend().Load(files.Spec, all, weights, new ShardOptions { KvBlockCount = 8 * KvBlock.CountFor(4608), Threads = threads });
        var benchmark = new ShardBenchmark(shard, weights, threads);
        Console.WriteLine($"{folder}: {threads} threads, {benchmark.BytesPerToken / 1e6:f0} MB read a token");
        var repetitions = quick ? 3 : 5;
        Print(benchmark.Decode(0, 1, 32, repetitions));
        Print(benchmark.Prefill(512, quick ? 1 : 3));
        if (quick) return 0;
        Print(benchmark.Prefill(128, 3));
        Print(benchmark.Decode(512, 1, 32, repetitions));
        Print(benchmark.Decode(4096, 1, 32, repetitions));
        Print(benchmark.Decode(32, 4, 32, repetitions));
        Print(benchmark.Decode(32, 8, 32, repetitions));
        return 0;
    }

    private static void Print(BenchmarkResult result) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{result.Kind,-8} prompt {result.Prompt,4} context {result.Context,4} batch {result.Batch}: {result.TokensPerSecond,8:f1} tokens/s  bandwidth {result.ShareOfBandwidth:p0}  peak {result.ShareOfPeak:p0}"));
}
