using System.Diagnostics;
using System.Globalization;
using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Generation;
using Exo.Engine.Models;
using Exo.Engine.Scheduling;

namespace Exo.Benchmarks.Stepping;

/// <summary>What a token costs beside the kernels: scheduler, hand-over between threads, sampling, text. And what it allocates.</summary>
internal static class OverheadFigures
{
    private const int Tokens = 100, Rounds = 5;

    public static async Task<int> RunAsync(string path, string[] arguments)
    {
        var threads = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : Environment.ProcessorCount;
        var files = ModelFiles.Open(path);
        using var weights = files.OpenWeights();
        var all = LayerRange.All(files.Spec);
        using var shard = new MeteredShard(new CpuBackend().Load(files.Spec, all, files.LoadShard(weights, all), new ShardOptions { KvBlockCount = KvBlock.CountFor(512), Threads = threads }));
        using var chain = new LocalChain([shard]);
        await using var scheduler = new Scheduler(chain, new SchedulerOptions { VocabSize = files.Spec.VocabSize, ContextLength = 512 }, files.HasTokenizer ? files.Tokenizer : null);
        Console.WriteLine(Invariant($"{path}: {threads} threads, {Tokens} tokens a round"));
        foreach (var (name, sampling) in (ReadOnlySpan<(string, SamplingOptions)>)[("greedy", SamplingOptions.Greedy), ("sampled", Sampled)]) RunKind(name, sampling, files.Spec.VocabSize, scheduler, shard);
        return 0;
    }

    private static SamplingOptions Sampled => new() { Temperature = 0.8f, TopK = 40, TopP = 0.95f, MinP = 0.05f, RepetitionPenalty = 1.1f, Seed = 1 };

    private static void RunKind(string name, SamplingOptions sampling, int vocabSize, Scheduler scheduler, MeteredShard shard)
    {
        var picking = PickingTime(sampling, vocabSize);
        var shares = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            var (wall, forward, bytes) = Generate(sampling, scheduler, shard).GetAwaiter().GetResult();
            if (round == 0) continue; // code and texts are cold
            var kernels = forward - picking;
            shares.Add((wall - kernels) / kernels);
            Console.WriteLine(Invariant($"{name,-8} {wall.TotalMilliseconds,7:0.000} ms a token, of which kernels {kernels.TotalMilliseconds,7:0.000}, picking {picking.TotalMilliseconds:0.000}, scheduler, hand-over and text {(wall - forward).TotalMilliseconds:0.000}: +{shares[^1] * 100:0.00} %; {bytes} bytes allocated by the shard's thread"));
        }
        shares.Sort();
        Console.WriteLine(Invariant($"{name,-8} median overhead {shares[shares.Count / 2] * 100:0.00} %"));
    }

    /// <returns>Of a token from the second on: time in all, time in the shard; bytes that all of them allocated on the shard's thread.</returns>
    private static async Task<(TimeSpan Wall, TimeSpan Forward, long Bytes)> Generate(SamplingOptions sampling, Scheduler scheduler, MeteredShard shard)
    {
        var request = new GenerationRequest { Prompt = [1, 2, 3, 4], MaxTokens = Tokens, IgnoreEos = true, Sampling = sampling };
        var usage = default(GenerationUsage);
        var prompt = TimeSpan.Zero;
        shard.Reset();
        await foreach (var item in scheduler.GenerateAsync(request))
        {
            if (prompt == TimeSpan.Zero) prompt = shard.First;
            usage = item.Usage ?? usage;
        }
        return (usage!.DecodeTime / (Tokens - 1), (shard.Time - prompt) / (Tokens - 1), shard.AllocatedByteCount);
    }

    /// <summary>The median time to pick a token from random logits of the vocabulary's size.</summary>
    private static TimeSpan PickingTime(SamplingOptions sampling, int vocabSize)
    {
        var random = new Random(1);
        float[] logits = [.. Enumerable.Range(0, vocabSize).Select(_ => (float)(random.NextDouble() * 20 - 10))];
        var times = new List<TimeSpan>();
        for (var i = 0; i < 200; i++)
        {
            var start = Stopwatch.GetTimestamp();
            Sampler.Sample(logits, new SampleRequest { Options = sampling, Position = i, History = new[] { 1, 2, 3 } });
            times.Add(Stopwatch.GetElapsedTime(start));
        }
        times.Sort();
        return times[times.Count / 2];
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
