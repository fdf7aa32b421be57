using System.CommandLine;
using System.Text.Json;
using Exo.Api;
using Exo.Client.Commands;
using Exo.Client.Pulls;
using Exo.Client.Run;
using Exo.Client.Terminal;

namespace Exo.Client.Bench;

/// <summary>`exo bench MODEL`: how fast a model runs here, beside what the machine could do.</summary>
internal static class BenchCommand
{
    private const int MostTokens = 1 << 20, MostSequences = 64;

    private static readonly NumberRule<int> Repeat = new("repeat", "N", "Repetitions of a row at the most, of which the median counts; otherwise 5", "a whole number from 1 to 100", value => value is >= 1 and <= 100);

    public static Command Build(CommandContext context)
    {
        var model = GlobalOptions.Model();
        var prompts = CountList.Of("--prompt", "128,512", "Prompt lengths; otherwise 128,512,2048", 1, MostTokens);
        var contexts = CountList.Of("--context", "0,512", "Tokens in the cache when decoding begins; otherwise 0,512,4096", 0, MostTokens);
        var batches = CountList.Of("--batch", "1,4", "Sequences that decode side by side; otherwise 1,4,8", 1, MostSequences);
        var threads = Parameters.Threads.AsOption();
        var quantization = Parameters.Quantization();
        var repeat = Repeat.AsOption();
        var json = GlobalOptions.Json();
        var command = new Command("bench", "Measure how fast a model runs on this machine.") { model, prompts, contexts, batches, threads, quantization, repeat, json };
        command.SetAction((parsed, cancellationToken) => RunAsync(context, parsed.GetValue(json), new BenchmarkRequest
        {
            Model = parsed.GetRequiredValue(model),
            Prompts = parsed.GetValue(prompts) ?? [],
            Contexts = parsed.GetValue(contexts) ?? [],
            Batches = parsed.GetValue(batches) ?? [],
            Threads = parsed.GetValue(threads),
            Quantization = parsed.GetValue(quantization),
            Repetitions = parsed.GetValue(repeat),
        }, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, bool json, BenchmarkRequest request, CancellationToken cancellationToken)
    {
        var bench = Workbench.Of(context, "exo bench");
        var report = await MissingModel.FetchedForAsync(context, request.Model, () => MeasureAsync(context, bench, request, cancellationToken), cancellationToken);
        if (json) context.Console.Out.WriteLine(JsonSerializer.Serialize(report, ExoJson.Line.BenchmarkReport));
        else BenchText.Write(context.Console, report);
        return ExitCode.Success;
    }

    private static async Task<BenchmarkReport> MeasureAsync(CommandContext context, IWorkbench bench, BenchmarkRequest request, CancellationToken cancellationToken)
    {
        using var area = new LiveArea(context.Console);
        await foreach (var progress in bench.BenchmarkAsync(request, cancellationToken))
        {
            if (progress.Report is { } report) return report;
            area.Show([$"Measuring {TextWidth.Clip(request.Model, Math.Max(8, context.Console.Width / 3))}: {progress.DoneCount} of {progress.RowCount} rows"]);
        }
        throw new InvalidOperationException("The measurement ended without a report.");
    }
}
