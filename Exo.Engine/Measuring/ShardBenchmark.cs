using System.Diagnostics;
using Exo.Engine.Backends;
using Exo.Engine.Generation;
using Exo.Engine.Models;

namespace Exo.Engine.Measuring;

/// <summary>Times prefill and decoding of a whole model on one shard: kernels and step, no scheduler, no text.</summary>
public sealed class ShardBenchmark(IShard shard, ShardWeights weights, int threads)
{
    private readonly Random _random = new(1);

    /// <summary>Tokens a second of the prompt, logits for its last token only.</summary>
    public BenchmarkResult Prefill(int prompt, int repetitions)
    {
        RunPrompt(0, prompt, 0);
        var rates = new List<double>();
        var peaks = new List<double>();
        for (var i = 0; i < repetitions; i++)
        {
            peaks.Add(PeakArithmetic.Measure(threads));
            var start = Stopwatch.GetTimestamp();
            RunPrompt(0, prompt, 0);
            rates.Add(prompt / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        var rate = Median(rates);
        return new BenchmarkResult { Kind = "prefill", Prompt = prompt, TokensPerSecond = rate, ShareOfPeak = rate * 2 * WeightsPerToken(includeHead: false) / Median(peaks) };
    }

    /// <summary>Tokens a second of <paramref name="batch"/> sequences decoding side by side after <paramref name="context"/> tokens.</summary>
    public BenchmarkResult Decode(int context, int batch, int tokens, int repetitions)
    {
        for (var sequence = 0; sequence < batch; sequence++)
            if (context > 0) RunPrompt(sequence, context, sequence);
        Step(context, batch);
        var rates = new List<double>();
        var bandwidths = new List<double>();
        for (var i = 0; i < repetitions; i++)
        {
            bandwidths.Add(MemoryBandwidth.Measure(threads));
            var start = Stopwatch.GetTimestamp();
            for (var token = 0; token < tokens; token++) Step(context + token, batch);
            rates.Add(tokens * batch / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        var rate = Median(rates);
        return new BenchmarkResult { Kind = "decode", Context = context, Batch = batch, TokensPerSecond = rate, ShareOfBandwidth = rate / batch * BytesPerToken / Median(bandwidths) };
    }

    /// <summary>Bytes of weights one decoding step reads: all but the embedding, of which it looks up a row.</summary>
    public long BytesPerToken => weights.Layers.Sum(layer => Matrices(layer).Sum(matrix => matrix.ByteCount)) + weights.Head!.ByteCount;

    private static IEnumerable<Weights.Tensor> Matrices(LayerWeights layer)
    {
        yield return layer.Query;
        yield return layer.Key;
        yield return layer.Value;
        yield return layer.Output;
        foreach (var block in layer.FeedForward)
        {
            yield return block.Gate;
            yield return block.Up;
            yield return block.Down;
        }
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private long WeightsPerToken(bool includeHead) =>
        weights.Layers.Sum(layer => Matrices(layer).Sum(matrix => matrix.Elements)) + (includeHead ? weights.Head!.Elements : 0);

    /// <summary>Blocks of a sequence, apart from every other's.</summary>
    private int[] Blocks(int sequence, int positions) => [.. Enumerable.Range(0, KvBlock.CountFor(positions)).Select(block => sequence * (shard.KvBlockCount / 8) + block)];

    private void RunPrompt(int sequence, int prompt, int id)
    {
        const int Chunk = 512;
        for (var start = 0; start < prompt; start += Chunk)
        {
            var count = Math.Min(Chunk, prompt - start);
            int[] tokens = [.. Enumerable.Range(0, count).Select(_ => _random.Next(shard.Spec.VocabSize))];
            var sample = start + count == prompt ? new SampleRequest { Options = SamplingOptions.Greedy, Position = prompt } : null;
            var slice = new SequenceSlice { SequenceId = id, StartPosition = start, TokenCount = count, Blocks = Blocks(sequence, start + count), Sample = sample };
            shard.Forward(new StepInput { TokenIds = tokens, Slices = [slice] });
        }
    }

    private void Step(int position, int batch)
    {
        var slices = Enumerable.Range(0, batch).Select(sequence => new SequenceSlice
        {
            SequenceId = sequence,
            StartPosition = position,
            TokenCount = 1,
            Blocks = Blocks(sequence, position + 1),
            Sample = new SampleRequest { Options = SamplingOptions.Greedy, Position = position + 1 },
        });
        int[] tokens = [.. Enumerable.Range(0, batch).Select(_ => _random.Next(shard.Spec.VocabSize))];
        shard.Forward(new StepInput { TokenIds = tokens, Slices = [.. slices] });
    }
}
