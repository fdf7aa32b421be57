using System.Text.Json;
using Exo.Api;
using Exo.Client.Terminal;

namespace Exo.Tests.Client.Bench;

public sealed class BenchTests
{
    private static readonly BenchmarkReport Report = new()
    {
        Model = "m",
        Cpu = "A Processor",
        Threads = 2,
        DType = "Q8_0",
        BytesPerToken = 1.5 * (1 << 20),
        BandwidthBytesPerSecond = 20.04e9,
        PeakOperationsPerSecond = 150e9,
        Results =
        [
            new() { Kind = BenchmarkKind.Prefill, Prompt = 2048, Context = 0, Batch = 1, TokensPerSecond = 1234.56, ShareOfBandwidth = 0.01, ShareOfPeak = 0.604 },
            new() { Kind = BenchmarkKind.Decode, Prompt = 0, Context = 0, Batch = 8, TokensPerSecond = 99.96, ShareOfBandwidth = 0.888, ShareOfPeak = 0.05 },
        ],
        LeftOut = [new(BenchmarkKind.Decode, 0, 4096, 1, "the model was made for 2048 tokens"), new(BenchmarkKind.Decode, 0, 4096, 8, "the model was made for 2048 tokens")],
    };

    [Fact]
    public async Task Bench_NoTerminal_WritesATable()
    {
        var run = new ExoRun { Service = { Benchmark = Report } };

        Assert.Equal(0, await run.RunAsync("bench", "m"));

        Assert.Equal(
            """
            m: Q8_0, 1.5 MiB read a token, 2 threads of A Processor
            this machine: 20.0 GB/s read, 150 GFLOP/s in F32

            what     prompt  context  batch  tokens/s  of bandwidth  of peak
            prefill   2,048               1    1234.6           1 %     60 %
            decode                 0      8     100.0          89 %      5 %

            """.ReplaceLineEndings("\n"),
            run.Output);
        Assert.Contains("left out (the model was made for 2048 tokens): decode at 4,096, decode at 4,096 × 8", run.Errors);
    }

    [Fact]
    public async Task Bench_NarrowTerminal_KeepsTheSpeeds()
    {
        var run = new ExoRun { Console = FakeConsole.OnTerminal(50), Service = { Benchmark = Report } };

        await run.RunAsync("bench", "m");

        Assert.Contains("1234.6", run.Output);
        Assert.DoesNotContain("of bandwidth", run.Output);
        Assert.All(run.Output.Split('\n').Skip(2), line => Assert.InRange(TextWidth.Of(line), 0, 50));
    }

    [Fact]
    public async Task Bench_Json_HasTheFieldsOfTheContract()
    {
        var run = new ExoRun { Service = { Benchmark = Report } };

        await run.RunAsync("bench", "m", "--json");

        var root = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(
            ["model", "cpu", "threads", "dtype", "bytes_per_token", "bandwidth_bytes_per_second", "peak_operations_per_second", "results", "left_out"],
            root.EnumerateObject().Select(field => field.Name));
        Assert.All(root.GetProperty("results").EnumerateArray(), row => Assert.Equal(
            ["kind", "prompt", "context", "batch", "tokens_per_second", "share_of_bandwidth", "share_of_peak"], row.EnumerateObject().Select(field => field.Name)));
        Assert.Equal(("prefill", "decode"), (root.GetProperty("results")[0].GetProperty("kind").GetString(), root.GetProperty("results")[1].GetProperty("kind").GetString()));
        Assert.Equal("decode", root.GetProperty("left_out")[0].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Bench_Options_ReachTheService()
    {
        var run = new ExoRun { Service = { Benchmark = Report } };

        await run.RunAsync("bench", "m", "--prompt", "8,16", "--context", "0", "--batch", "1,2", "--threads", "3", "--repeat", "2", "--quant", "q4");

        var asked = run.Service.Benchmarked!;
        Assert.Equal([8, 16], asked.Prompts);
        Assert.Equal([0], asked.Contexts);
        Assert.Equal([1, 2], asked.Batches);
        Assert.Equal((3, 2, WeightQuantization.Q4), (asked.Threads, asked.Repetitions, asked.Quantization));
    }

    [Theory]
    [InlineData("--prompt", "0")]
    [InlineData("--context", "1,x")]
    [InlineData("--batch", "65")]
    [InlineData("--repeat", "0")]
    [InlineData("--quant", "q3")]
    public async Task Bench_NonsenseNumber_SaysWhatIsTaken(string option, string value)
    {
        var run = new ExoRun();

        Assert.Equal(2, await run.RunAsync("bench", "m", option, value));

        Assert.Contains($"{option} takes", run.Errors);
        Assert.Empty(run.Output);
    }
}
