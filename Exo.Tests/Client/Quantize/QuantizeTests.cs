using System.Text.Json;
using Exo.Api;

namespace Exo.Tests.Client.Quantize;

public sealed class QuantizeTests
{
    private static readonly QuantizedFile Written = new("/models/out.gguf", "Q4_K", 600 << 20, 2L << 30);

    [Fact]
    public async Task Quantize_Model_WritesTheFilesPath()
    {
        var run = new ExoRun { Service = { Quantized = Written } };

        Assert.Equal(0, await run.RunAsync("quantize", "org/name", "out.gguf", "--type", "q4_k"));

        Assert.Equal("/models/out.gguf\n", run.Output.ReplaceLineEndings("\n"));
        Assert.Contains("Wrote 600 MiB of Q4_K from 2.0 GiB of weights", run.Errors);
        Assert.Equal(("org/name", "out.gguf", "q4_k", false), (run.Service.QuantizeAsked!.Model, run.Service.QuantizeAsked.Output, run.Service.QuantizeAsked.Type, run.Service.QuantizeAsked.Overwrite));
    }

    [Fact]
    public async Task Quantize_Json_IsOneRecord()
    {
        var run = new ExoRun { Service = { Quantized = Written } };

        await run.RunAsync("quantize", "m", "out.gguf", "--type", "q4_k", "--force", "--json");

        var root = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(["path", "type", "byte_count", "source_byte_count"], root.EnumerateObject().Select(field => field.Name));
        Assert.True(run.Service.QuantizeAsked!.Overwrite);
    }

    [Fact]
    public async Task Quantize_WithoutAType_IsAUsageError()
    {
        var run = new ExoRun();

        Assert.Equal(2, await run.RunAsync("quantize", "m", "out.gguf"));
        Assert.Contains("--type", run.Errors);
    }

    [Fact]
    public async Task Quantize_Interrupted_SaysThatNothingIsLeft()
    {
        var run = new ExoRun { Service = { Quantized = Written } };
        run.Service.BeforePart = (_, _) =>
        {
            run.Console.Raise(Exo.Client.Terminal.StopSignal.Interrupt);
            return Task.CompletedTask;
        };

        Assert.Equal(130, await run.RunAsync("quantize", "m", "out.gguf", "--type", "q8_0"));

        Assert.Contains("Nothing was left behind", run.Errors);
        Assert.Empty(run.Output);
    }
}
