using System.Diagnostics;
using System.Globalization;
using Exo.Engine;
using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Generation;
using Exo.Engine.Models;

namespace Exo.Benchmarks.Loading;

/// <summary>A load and the first token from a cold page cache, beside a plain sequential read of the same files in the same run.</summary>
internal static class LoadFigures
{
    private const int Rounds = 3, PromptTokens = 16;

    public static async Task<int> RunAsync(string model)
    {
        string[] paths = File.Exists(model) ? [model] : [.. Directory.GetFiles(model, "*.safetensors").Order(StringComparer.Ordinal)];
        var byteCount = paths.Sum(path => new FileInfo(path).Length);
        Console.WriteLine(Invariant($"{model}: {byteCount / 1e6:0} MB, {Environment.ProcessorCount} threads; caches {(PageCache.CanDropAll ? "dropped whole" : "dropped file by file")} before each row"));
        for (var round = 0; round < Rounds; round++)
        {
            PageCache.Drop(paths);
            var read = Read(paths);
            Tell("plain sequential read", read, byteCount, read);
            PageCache.Drop(paths);
            var (ready, first) = await LoadAsync(model);
            Tell("load: ready", ready, byteCount, read);
            Tell($"load: first token of {PromptTokens}", first, byteCount, read);
            (ready, first) = await LoadAsync(model);
            Tell("warm load: ready", ready, byteCount, read);
            Tell("warm load: first token", first, byteCount, read);
        }
        return 0;
    }

    private static TimeSpan Read(string[] paths)
    {
        var buffer = new byte[8 << 20];
        var start = Stopwatch.GetTimestamp();
        foreach (var path in paths)
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
            while (file.Read(buffer) > 0)
            {
                // Only the reading is timed.
            }
        }
        return Stopwatch.GetElapsedTime(start);
    }

    private static async Task<(TimeSpan Ready, TimeSpan First)> LoadAsync(string path)
    {
        var start = Stopwatch.GetTimestamp();
        await using var model = await LoadedModel.LoadAsync(ModelFiles.Open(path), new LoadOptions { ContextLength = 256 }, new CpuBackend());
        var ready = Stopwatch.GetElapsedTime(start);
        int[] prompt = [.. Enumerable.Range(1, PromptTokens)];
        await foreach (var _ in model.GenerateAsync(new GenerationRequest { Prompt = prompt, MaxTokens = 1, IgnoreEos = true, Sampling = SamplingOptions.Greedy }))
        {
            // One token is all that is asked for.
        }
        return (ready, Stopwatch.GetElapsedTime(start));
    }

    private static void Tell(string what, TimeSpan time, long byteCount, TimeSpan read) =>
        Console.WriteLine(Invariant($"{what,-28} {time.TotalSeconds,6:0.00} s  {byteCount / time.TotalSeconds / 1e6,6:0} MB/s  {time / read:0.00} × the plain read"));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
