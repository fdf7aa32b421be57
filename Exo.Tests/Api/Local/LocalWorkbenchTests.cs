using Exo.Api;
using Exo.Api.Local;

namespace Exo.Tests.Api.Local;

/// <summary>Measuring and writing the sample model.</summary>
public sealed class LocalWorkbenchTests : IDisposable
{
    private const string Model = "stories";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Benchmark_SomeSizes_MeasuresThemAndSaysWhatItLeavesOut()
    {
        await using var service = new LocalExoService();
        var request = new BenchmarkRequest { Model = Model, Prompts = [8, 4096], Contexts = [0, 40], Batches = [1, 2], Repetitions = 1, Threads = 1 };

        var all = await service.BenchmarkAsync(request, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal([0, 1, 2, 3, 4, 5, 5], all.Select(progress => progress.DoneCount));
        Assert.All(all, progress => Assert.Equal(5, progress.RowCount));
        var report = all[^1].Report!;
        Assert.Equal([(8, 0, 1), (0, 0, 1), (0, 40, 1), (0, 0, 2), (0, 40, 2)], report.Results.Select(row => (row.Prompt, row.Context, row.Batch)));
        Assert.All(report.Results, row => Assert.True(row is { TokensPerSecond: > 0, ShareOfBandwidth: > 0, ShareOfPeak: > 0 }));
        Assert.Equal((BenchmarkKind.Prefill, 4096), (Assert.Single(report.LeftOut).Kind, report.LeftOut[0].Prompt));
        Assert.Equal(("BF16", 1), (report.DType, report.Threads));
        Assert.True(report is { BandwidthBytesPerSecond: > 1e8, PeakOperationsPerSecond: > 1e8, BytesPerToken: > 5.7e6 and < 5.8e6 });
    }

    [Fact]
    public async Task Quantize_Sample_WritesAFileThatAnswers()
    {
        await using var service = new LocalExoService();
        var path = _folder.File("s.gguf");

        var all = await service.QuantizeAsync(Request(path), TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        var shares = all.Select(progress => progress.Fraction).ToArray();
        Assert.Equal(shares.Order(), shares);
        Assert.Equal((path, "Q8_0", new FileInfo(path).Length), (all[^1].Result!.Path, all[^1].Result!.Type, all[^1].Result!.ByteCount));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
        var request = new AnswerRequest { Model = path, Text = "Once upon a time", MaxTokens = 4, Sampling = new() { Temperature = 0 } };
        var answer = await service.AnswerAsync(request, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith(", there", string.Concat(answer.Select(part => part.Text)));
    }

    [Fact]
    public async Task Quantize_FileThatIsThere_IsLeftAloneUnlessForced()
    {
        await using var service = new LocalExoService();
        var path = _folder.Write("s.gguf", "mine");

        var refusal = await Assert.ThrowsAsync<ExoException>(async () => await service.QuantizeAsync(Request(path), TestContext.Current.CancellationToken).ToListAsync());
        Assert.Equal((ExoErrorKind.BadRequest, "mine"), (refusal.Kind, File.ReadAllText(path)));
        Assert.Contains("--force", refusal.Message);

        await service.QuantizeAsync(Request(path) with { Overwrite = true }, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        Assert.True(new FileInfo(path).Length > 1 << 20);
    }

    [Theory]
    [InlineData("q5_0", "s.gguf", "Choose from: f32, f16, bf16, q8_0")]
    [InlineData("q8_0", "", "is a folder")]
    [InlineData("q8_0", "no/s.gguf", "there is no folder")]
    public async Task Quantize_WhatCannotBe_IsRefusedAndNothingWritten(string type, string name, string problem)
    {
        await using var service = new LocalExoService();

        var refusal = await Assert.ThrowsAsync<ExoException>(async () => await service.QuantizeAsync(Request(_folder.File(name), type), TestContext.Current.CancellationToken).ToListAsync());

        Assert.Equal(ExoErrorKind.BadRequest, refusal.Kind);
        Assert.Contains(problem, refusal.Message);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Quantize_Cancelled_LeavesNothing()
    {
        await using var service = new LocalExoService();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await service.QuantizeAsync(Request(_folder.File("s.gguf"), "q4_k"), new CancellationToken(canceled: true)).ToListAsync(CancellationToken.None));

        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    private static QuantizeRequest Request(string path, string type = "q8_0") => new() { Model = Model, Output = path, Type = type };
}
