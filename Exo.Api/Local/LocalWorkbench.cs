using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Exo.Engine;
using Exo.Engine.Measuring;
using Exo.Engine.Models;
using Exo.Engine.Quantization;
using Exo.Engine.Weights;

namespace Exo.Api.Local;

/// <summary>Measures and writes models with this machine's cores and disks.</summary>
internal sealed class LocalWorkbench(ModelResolver resolver)
{
    public async IAsyncEnumerable<BenchmarkProgress> BenchmarkAsync(BenchmarkRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var files = Quantizations.Apply(ModelFiles.Open(resolver.Resolve(request.Model).Path), request.Quantization);
        using var benchmark = await LoadAsync(files, request, cancellationToken);
        var rows = benchmark.Rows;
        yield return new BenchmarkProgress(0, rows.Count, null, null);
        var records = new List<BenchmarkRecord>();
        foreach (var row in rows)
        {
            var result = await Task.Factory.StartNew(() => benchmark.Measure(row, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            records.Add(Record(result));
            yield return new BenchmarkProgress(records.Count, rows.Count, records[^1], null);
        }

        yield return new BenchmarkProgress(rows.Count, rows.Count, null, new BenchmarkReport
        {
            Model = request.Model,
            Cpu = ProcessorName.Get(),
            Threads = benchmark.Threads,
            DType = benchmark.DType,
            BytesPerToken = benchmark.BytesPerToken,
            BandwidthBytesPerSecond = benchmark.Bandwidth,
            PeakOperationsPerSecond = benchmark.Peak,
            Results = records,
            LeftOut = [.. benchmark.LeftOut.Select(left => new LeftOutBenchmark(Kind(left.Row.IsPrefill), left.Row.Prompt, left.Row.Context, left.Row.Batch, left.Reason))],
        });
    }

    public async IAsyncEnumerable<QuantizeProgress> QuantizeAsync(QuantizeRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // 1. What cannot be is said before anything is read. 2. The writing runs by itself; of its progress the latest is told. 3. What came of it.
        var type = Quantizations.TypeNamed(request.Type);
        var output = OutputPath(request);
        var files = ModelFiles.Open(resolver.Resolve(request.Model).Path);
        var shares = Channel.CreateBounded<double>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        var writing = Task.Run(() => Write(files, type, output, request.Overwrite, new Reporter(shares.Writer), cancellationToken), CancellationToken.None);
        _ = writing.ContinueWith(_ => shares.Writer.TryComplete(), TaskScheduler.Default);
        // It is waited for even where it is cancelled: what it had begun to write is gone when this ends.
        await foreach (var share in shares.Reader.ReadAllAsync(CancellationToken.None)) yield return new QuantizeProgress(share, null);
        yield return new QuantizeProgress(1, await writing);
    }

    private static async Task<ModelBenchmark> LoadAsync(ModelFiles files, BenchmarkRequest request, CancellationToken cancellationToken)
    {
        var usual = new BenchmarkSizes();
        var sizes = usual with
        {
            Prompts = request.Prompts.Count > 0 ? request.Prompts : usual.Prompts,
            Contexts = request.Contexts.Count > 0 ? request.Contexts : usual.Contexts,
            Batches = request.Batches.Count > 0 ? request.Batches : usual.Batches,
            Repetitions = request.Repetitions ?? usual.Repetitions,
        };
        try
        {
            return await ModelBenchmark.LoadAsync(files, sizes, request.Threads ?? Environment.ProcessorCount, cancellationToken);
        }
        catch (ArgumentException refused)
        {
            throw new ExoException(ExoErrorKind.BadRequest, Failures.WithoutParameter(refused), refused);
        }
    }

    private static QuantizedFile Write(ModelFiles files, DType type, string output, bool overwrite, IProgress<double> progress, CancellationToken cancellationToken)
    {
        try
        {
            ModelQuantizer.Write(files, type, output, overwrite, progress, cancellationToken);
            return new QuantizedFile(output, type.ToString(), new FileInfo(output).Length, files.Describe().ByteCount);
        }
        catch (NotEnoughSpaceException full)
        {
            throw new ExoException(ExoErrorKind.DiskFull, full.Message, full);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ExoException(ExoErrorKind.Failure, $"{output} cannot be written: {failure.Message}", failure);
        }
        catch (ArgumentException refused)
        {
            throw new ExoException(ExoErrorKind.BadRequest, Failures.WithoutParameter(refused), refused);
        }
    }

    private static string OutputPath(QuantizeRequest request)
    {
        if (string.IsNullOrWhiteSpace(request.Output)) throw new ExoException(ExoErrorKind.BadRequest, "the name of the file to write is empty");
        var path = Path.GetFullPath(ModelResolver.ExpandHome(request.Output));
        if (Directory.Exists(path)) throw new ExoException(ExoErrorKind.BadRequest, $"{request.Output} is a folder: name the file to write");
        if (!Directory.Exists(Path.GetDirectoryName(path))) throw new ExoException(ExoErrorKind.BadRequest, $"there is no folder {Path.GetDirectoryName(path)} to write {Path.GetFileName(path)} to");
        if (!request.Overwrite && File.Exists(path)) throw new ExoException(ExoErrorKind.BadRequest, $"{request.Output} is there already: --force replaces it");
        return path;
    }

    private static BenchmarkRecord Record(BenchmarkResult result) => new()
    {
        Kind = Kind(result.Prompt > 0),
        Prompt = result.Prompt,
        Context = result.Context,
        Batch = result.Batch,
        TokensPerSecond = result.TokensPerSecond,
        ShareOfBandwidth = result.ShareOfBandwidth,
        ShareOfPeak = result.ShareOfPeak,
    };

    private static BenchmarkKind Kind(bool isPrefill) => isPrefill ? BenchmarkKind.Prefill : BenchmarkKind.Decode;

    private sealed class Reporter(ChannelWriter<double> writer) : IProgress<double>
    {
        public void Report(double value) => writer.TryWrite(value);
    }
}
