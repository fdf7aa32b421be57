using System.Globalization;
using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Measuring;
using Exo.Engine.Models;

namespace Exo.Benchmarks.Engine;

/// <summary>
/// Exo beside llama.cpp on the same file: prefill of 512 tokens, decoding alone, eight at once, and after 4,096 tokens. The two take turns, and each turn is compared by itself: a
/// machine whose neighbours come and go may be twice as fast a minute later. Without a peer's folder ("-") Exo stands beside the machine's limits alone.
/// </summary>
internal static class PeerFigures
{
    private const int Threads = 2;
    private const int Turns = 3;
    private const string Short = "--short";

    /// <summary>Samples of a turn, of which the median counts.</summary>
    private const int Samples = 3;

    /// <param name="peer">The folder of bench.mjs, or "-".</param>
    /// <param name="models">GGUF files; "--short" among them leaves out 4,096 tokens of context, which take as long as all the rest.</param>
    public static int Run(string peer, string[] models)
    {
        var isShort = models.Contains(Short);
        foreach (var model in models.Where(model => model != Short)) Compare(peer == "-" ? null : peer, model, isShort);
        return 0;
    }

    private static void Compare(string? peer, string model, bool isShort)
    {
        var files = ModelFiles.Open(model);
        using var source = files.OpenWeights();
        var all = LayerRange.All(files.Spec);
        var weights = files.LoadShard(source, all);
        using var shard = new CpuBackend().Load(files.Spec, all, weights, new ShardOptions { KvBlockCount = 8 * KvBlock.CountFor(4608), Threads = Threads, KvType = KvType.F16 });
        var benchmark = new ShardBenchmark(shard, weights, Threads);
        Console.WriteLine($"{model}: {Threads} threads, {benchmark.BytesPerToken / 1e6:f0} MB read a token");

        var (decode, prefill, eight, distant) = (new Row("decode"), new Row("prefill 512"), new Row("decode x8"), new Row("decode at 4096"));
        for (var turn = 0; turn < Turns; turn++)
        {
            var theirs = Theirs(peer, model, ["--pp", "512", "--tg", "48", "--batch", "8"]);
            decode.Add(benchmark.Decode(32, 1, 48, Samples), theirs?["tg"]);
            prefill.Add(benchmark.Prefill(512, Samples), theirs?["pp512"]);
            eight.Add(benchmark.Decode(32, 8, 24, Samples), theirs?["tg x8"]);
            if (turn == 0 && !isShort) distant.Add(benchmark.Decode(4096, 1, 24, Samples), Theirs(peer, model, ["--pp", "", "--prompt", "4096", "--tg", "24", "--batch", ""])?["tg"]);
        }

        foreach (var row in (Row[])[decode, prefill, eight, distant]) row.Print();
    }

    private static Dictionary<string, double>? Theirs(string? peer, string model, string[] what) =>
        peer is null ? null : LlamaCpp.Measure(peer, model, Threads, ["--reps", $"{Samples}", "--max-load", "0.8", .. what]);

    /// <summary>One figure, turn by turn.</summary>
    private sealed class Row(string name)
    {
        private readonly List<(BenchmarkResult Ours, double? Theirs)> _turns = [];

        public void Add(BenchmarkResult ours, double? theirs) => _turns.Add((ours, theirs));

        public void Print()
        {
            if (_turns.Count == 0) return;
            var isDecode = _turns[0].Ours.Kind == "decode";
            var shares = _turns.Select(turn => isDecode ? turn.Ours.ShareOfBandwidth : turn.Ours.ShareOfPeak).Order().ToList();
            var line = string.Create(CultureInfo.InvariantCulture,
                $"  {name,-15} {Median(_turns.Select(turn => turn.Ours.TokensPerSecond)),7:f1} tokens/s  {Median(shares):p0} ({shares[0]:p0} to {shares[^1]:p0}) of {(isDecode ? "bandwidth" : "F32 peak")}");
            var ratios = _turns.Where(turn => turn.Theirs is not null).Select(turn => turn.Ours.TokensPerSecond / turn.Theirs!.Value).Order().ToList();
            if (ratios.Count > 0)
                line += string.Create(CultureInfo.InvariantCulture, $"  llama.cpp {Median(_turns.Select(turn => turn.Theirs!.Value)):f1}  {Median(ratios):f2} x ({ratios[0]:f2} to {ratios[^1]:f2})");
            Console.WriteLine(line);
        }

        private static double Median(IEnumerable<double> figures)
        {
            var sorted = figures.Order().ToList();
            return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
        }
    }
}
