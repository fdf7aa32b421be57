using Exo.Grains.Benchmarks.Nodes;
using static Exo.Grains.Benchmarks.Hops.TokenTimes;

namespace Exo.Grains.Benchmarks.Hops;

/// <summary>
/// A model on one silo against the same on two silos of this machine, at equal total threads: one sequence uses one shard at a time, so two silos
/// of half the threads each are shown with two and eight sequences as well, which keep both busy. Of two, one silo reads its weights once where two silos
/// read each half twice; of eight, products take longer than memory.
/// </summary>
internal static class SplitFigures
{
    public static async Task<int> RunAsync(string folder, string[] rest)
    {
        folder = Path.GetFullPath(folder);
        var tokens = rest.Length > 0 ? int.Parse(rest[0]) : 64;
        var threads = rest.Length > 1 ? int.Parse(rest[1]) : Environment.ProcessorCount;
        await using var cluster = await BenchmarkCluster.StartAsync(2, threads);
        for (var round = 0; round < 3; round++)
        {
            var one = await RateAsync(cluster, folder, tokens, shards: 1, threads, sequences: 1);
            var two = await RateAsync(cluster, folder, tokens, shards: 2, threads, sequences: 1);
            Console.WriteLine($"one sequence, {threads} threads where it is: one silo {one:0.0} tokens/s, two silos {two:0.0}; ratio {two / one:0.000}");
            foreach (var sequences in (int[])[2, 8])
            {
                var oneBusy = await RateAsync(cluster, folder, tokens, shards: 1, threads, sequences);
                var twoBusy = await RateAsync(cluster, folder, tokens, shards: 2, threads / 2, sequences);
                Console.WriteLine($"{sequences} sequences, {threads} threads in all: one silo {oneBusy:0.0} tokens/s, two silos of {threads / 2} {twoBusy:0.0}; ratio {twoBusy / oneBusy:0.000}");
            }
        }

        return 0;
    }

    private static async Task<double> RateAsync(BenchmarkCluster cluster, string folder, int tokens, int shards, int threads, int sequences)
    {
        var driver = await cluster.DeployAsync(folder, shards, "cpu", Math.Max(1, threads));
        await MeasureAsync(driver, folder, 16);
        var times = await Task.WhenAll(Enumerable.Range(0, sequences).Select(_ => MeasureAsync(driver, folder, tokens)));
        return times.Sum(own => 1000 / own.Average());
    }
}
