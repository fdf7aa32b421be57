using System.Globalization;
using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Measuring;
using Exo.Engine.Models;

namespace Exo.Benchmarks.Engine;

/// <summary>
/// Exo beside llama.cpp on the same file, one after the other in one run: prefill of 512 tokens, decoding alone, eight at once, and after 4,096 tokens. Medians of
/// five; llama.cpp's after 4,096 tokens of two. Without a peer's folder ("-") Exo stands beside the machine's limits alone.
/// </summary>
internal static class PeerFigures
{
    private const int Threads = 2;
    private const int Repetitions = 5;

    public static int Run(string peer, string[] models)
    {
        foreach (var model in models)
        {
            var theirs = peer == "-" ? [] : Theirs(peer, model);
            Exo(model, theirs);
        }

        return 0;
    }

    private static Dictionary<string, double> Theirs(string peer, string model)
    {
        string[] shared = ["--reps", $"{Repetitions}", "--max-load", "0.5"];
        var figures = LlamaCpp.Measure(peer, model, Threads, [.. shared, "--pp", "512", "--tg", "48", "--batch", "8"]);
        figures["tg 4096"] = LlamaCpp.Measure(peer, model, Threads, ["--reps", "2", "--max-load", "0.5", "--pp", "", "--prompt", "4096", "--tg", "24", "--batch", ""])["tg"];
        return figures;
    }

    private static void Exo(string model, Dictionary<string, double> theirs)
    {
        var files = ModelFiles.Open(model);
        using var source = files.OpenWeights();
        var all = LayerRange.All(files.Spec);
        var weights = files.LoadShard(source, all);
        using var shard = new CpuBackend().Load(files.Spec, all, weights, new ShardOptions { KvBlockCount = 8 * KvBlock.CountFor(4608), Threads = Threads, KvType = KvType.F16 });
        var benchmark = new ShardBenchmark(shard, weights, Threads);
        Console.WriteLine($"{model}: {Threads} threads, {benchmark.BytesPerToken / 1e6:f0} MB read a token");
        Print("decode", benchmark.Decode(32, 1, 48, Repetitions), theirs.GetValueOrDefault("tg"));
        Print("prefill 512", benchmark.Prefill(512, Repetitions), theirs.GetValueOrDefault("pp512"));
        Print("decode x8", benchmark.Decode(32, 8, 24, Repetitions), theirs.GetValueOrDefault("tg x8"));
        Print("decode at 4096", benchmark.Decode(4096, 1, 24, Repetitions), theirs.GetValueOrDefault("tg 4096"));
    }

    private static void Print(string name, BenchmarkResult ours, double theirs)
    {
        var ratio = theirs > 0 ? string.Create(CultureInfo.InvariantCulture, $"llama.cpp {theirs,7:f1}  {ours.TokensPerSecond / theirs:f2} x") : "";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {name,-15} {ours.TokensPerSecond,7:f1} tokens/s  {(ours.Kind == "decode" ? $"{ours.ShareOfBandwidth:p0} of bandwidth" : $"{ours.ShareOfPeak:p0} of F32 peak"),-20} {ratio}"));
    }
}
