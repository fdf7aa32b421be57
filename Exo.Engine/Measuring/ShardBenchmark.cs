using System.Diagnostics;
using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Generation;
using Exo.Engine.Models;

namespace Exo.Engine.Measuring;

/// <summary>Times prefill and decoding of a whole model on one shard: kernels and step, no scheduler, no text. Limits are measured beside each repetition.</summary>
public sealed class ShardBenchmark
{
    /// <summary>Tokens of one step of a prompt, as the scheduler cuts them.</summary>
    private const int Chunk = 512;

    /// <summary>A run of a small model is repeated until it takes this long: shorter ones measure the clock and the neighbours.</summary>
    private static readonly TimeSpan ShortestRun = TimeSpan.FromSeconds(0.3);

    private readonly IShard _shard;
    private readonly StepWork _work;
    private readonly int _threads;
    private readonly Random _random = new(1);
    private readonly List<double> _bandwidths = [], _peaks = [];

    /// <param name="shard">All layers.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="threads">Threads that the shard computes on, and the limits are measured with.</param>
    public ShardBenchmark(IShard shard, ShardWeights weights, int threads)
    {
        (_shard, _threads) = (shard, threads);
        _work = new StepWork(shard.Spec, weights, shard.KvBlockByteCount / KvBlock.TokenCount);
    }

    /// <summary>The most time that one row may take, limits included; one repetition is made whatever it takes. Default: no limit.</summary>
    public TimeSpan RowTime { get; init; } = TimeSpan.MaxValue;

    /// <summary>Bytes one token reads where nothing is in the cache: all weights but the embedding, of which it looks up a row.</summary>
    public double BytesPerToken => _work.ByteCount(1, 0);

    /// <summary>Bytes a second: the median of all that was measured.</summary>
    public double Bandwidth => _bandwidths.Count > 0 ? Median([.. _bandwidths]) : MemoryBandwidth.Measure(_threads);

    /// <summary>F32 operations a second: the median of all that was measured.</summary>
    public double Peak => _peaks.Count > 0 ? Median([.. _peaks]) : PeakArithmetic.Measure(_threads);

    /// <summary>Tokens a second of the prompt, logits for its last token only.</summary>
    public BenchmarkResult Prefill(int prompt, int repetitions, CancellationToken cancellationToken = default)
    {
        Settle();
        var steps = (prompt + Chunk - 1) / Chunk;
        return Measure(repetitions, () => RunPrompt(prompt, cancellationToken), prompt, steps * _work.ByteCount(prompt / steps, 0), _work.Operations(0, prompt, 1)) with { Kind = "prefill", Prompt = prompt };
    }

    /// <summary>Tokens a second of <paramref name="batch"/> sequences decoding side by side after <paramref name="context"/> tokens.</summary>
    public BenchmarkResult Decode(int context, int batch, int tokens, int repetitions, CancellationToken cancellationToken = default)
    {
        if (context > 0) (_shard as CpuShard)?.FillCache(batch * BlocksOf(context));
        Settle();
        Step(context, batch);
        var middle = context + tokens / 2;
        return Measure(repetitions, Run, tokens * batch, tokens * _work.ByteCount(batch, middle), batch * _work.Operations(context, tokens, tokens)) with { Kind = "decode", Context = context, Batch = batch };

        void Run()
        {
            for (var token = 0; token < tokens; token++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Step(context + token, batch);
            }
        }
    }

    /// <summary>KV blocks that decoding takes for so many sequences.</summary>
    public static int BlockCount(int context, int batch, int tokens) => batch * BlocksOf(context + tokens + 1);

    /// <param name="tokens">Of one run.</param>
    /// <param name="bytes">Read in one run.</param>
    /// <param name="operations">Done in one run.</param>
    private BenchmarkResult Measure(int repetitions, Action run, int tokens, double bytes, double operations)
    {
        var begin = Stopwatch.GetTimestamp();
        var seconds = new List<double>();
        var (bandwidths, peaks) = (new List<double>(), new List<double>());
        // The first run counts only where it is the only one that fits: code and memory are cold in it.
        var rounds = 1;
        var first = Once();
        rounds = (int)Math.Clamp(Math.Ceiling(ShortestRun.TotalSeconds / first), 1, 1000);
        var longest = Stopwatch.GetElapsedTime(begin);
        for (var i = 0; i < repetitions && Stopwatch.GetElapsedTime(begin) + longest < RowTime; i++)
        {
            var start = Stopwatch.GetTimestamp();
            seconds.Add(Once());
            var elapsed = Stopwatch.GetElapsedTime(start);
            if (elapsed > longest) longest = elapsed;
        }

        if (seconds.Count == 0) seconds.Add(first);
        _bandwidths.AddRange(bandwidths);
        _peaks.AddRange(peaks);
        var median = Median(seconds);
        return new BenchmarkResult
        {
            Kind = "",
            TokensPerSecond = tokens / median,
            ShareOfBandwidth = bytes / median / Median(bandwidths),
            ShareOfPeak = operations / median / Median(peaks),
        };

        double Once()
        {
            bandwidths.Add(MemoryBandwidth.Measure(_threads, passes: 2));
            peaks.Add(PeakArithmetic.Measure(_threads, passes: 2));
            var start = Stopwatch.GetTimestamp();
            for (var round = 0; round < rounds; round++) run();
            return Stopwatch.GetElapsedTime(start).TotalSeconds / rounds;
        }
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static int BlocksOf(int positions) => KvBlock.CountFor(positions);

    /// <summary>Blocks of a sequence, apart from every other's, in the order in which they are filled.</summary>
    private static int[] Blocks(int sequence, int batch, int positions) => [.. Enumerable.Range(0, BlocksOf(positions)).Select(block => block * batch + sequence)];

    /// <summary>Steps until weights are as they stay.</summary>
    private void Settle()
    {
        while (_shard.PendingByteCount > 0) Step(0, 1);
    }

    private void RunPrompt(int prompt, CancellationToken cancellationToken)
    {
        for (var start = 0; start < prompt; start += Chunk)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = Math.Min(Chunk, prompt - start);
            int[] tokens = [.. Enumerable.Range(0, count).Select(_ => _random.Next(_shard.Spec.VocabSize))];
            var sample = start + count == prompt ? new SampleRequest { Options = SamplingOptions.Greedy, Position = prompt } : null;
            var slice = new SequenceSlice { SequenceId = 0, StartPosition = start, TokenCount = count, Blocks = Blocks(0, 1, start + count), Sample = sample };
            _shard.Forward(new StepInput { TokenIds = tokens, Slices = [slice] }, cancellationToken);
        }
    }

    private void Step(int position, int batch)
    {
        var slices = Enumerable.Range(0, batch).Select(sequence => new SequenceSlice
        {
            SequenceId = sequence,
            StartPosition = position,
            TokenCount = 1,
            Blocks = Blocks(sequence, batch, position + 1),
            Sample = new SampleRequest { Options = SamplingOptions.Greedy, Position = position + 1 },
        });
        int[] tokens = [.. Enumerable.Range(0, batch).Select(_ => _random.Next(_shard.Spec.VocabSize))];
        _shard.Forward(new StepInput { TokenIds = tokens, Slices = [.. slices] });
    }
}
