using System.CommandLine;
using System.Text.Json;
using Exo.Api;
using Exo.Client.Commands;
using Exo.Client.Pulls;
using Exo.Client.Terminal;

namespace Exo.Client.Quantize;

/// <summary>`exo quantize MODEL OUT.gguf`: a model in one file, its weights in a format of choice.</summary>
internal static class QuantizeCommand
{
    public static Command Build(CommandContext context)
    {
        var model = GlobalOptions.Model();
        var output = new Argument<string>("OUT") { Description = "The file to write, NAME.gguf" };
        var type = new Option<string>("--type") { Description = $"How the weights are stored: {string.Join(", ", QuantizeRequest.Types)}", HelpName = "TYPE", Required = true };
        var force = new Option<bool>("--force") { Description = "Replace a file of that name" };
        var json = GlobalOptions.Json();
        var command = new Command("quantize", "Write a model as a GGUF file, smaller or as it is. llama.cpp reads it too.") { model, output, type, force, json };
        command.SetAction((parsed, cancellationToken) => RunAsync(context, parsed.GetValue(json), new QuantizeRequest
        {
            Model = parsed.GetRequiredValue(model),
            Output = parsed.GetRequiredValue(output),
            Type = parsed.GetRequiredValue(type),
            Overwrite = parsed.GetValue(force),
        }, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, bool json, QuantizeRequest request, CancellationToken cancellationToken)
    {
        var bench = Workbench.Of(context, "exo quantize");
        var start = 0L;
        var file = await MissingModel.FetchedForAsync(
            context,
            request.Model,
            () =>
            {
                start = context.Time.GetTimestamp(); // Fetching the model first is told by itself.
                return WriteAsync(context, bench, request, cancellationToken);
            },
            cancellationToken);
        if (json)
        {
            context.Console.Out.WriteLine(JsonSerializer.Serialize(file, ExoJson.Line.QuantizedFile));
            return ExitCode.Success;
        }
        var elapsed = Quantity.Duration(context.Time.GetElapsedTime(start).TotalSeconds);
        context.Console.Tell($"Wrote {Quantity.Bytes(file.ByteCount)} of {file.Type} from {Quantity.Bytes(file.SourceByteCount)} of weights in {elapsed}.");
        context.Console.Out.WriteLine(file.Path);
        return ExitCode.Success;
    }

    private static async Task<QuantizedFile> WriteAsync(CommandContext context, IWorkbench bench, QuantizeRequest request, CancellationToken cancellationToken)
    {
        using var area = new LiveArea(context.Console);
        try
        {
            await foreach (var progress in bench.QuantizeAsync(request, cancellationToken))
            {
                if (progress.Result is { } file) return file;
                area.Show([Bar.Row("Writing", progress.Fraction, context.Console.Width)]);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            area.Clear();
            context.Console.Tell("Stopped. Nothing was left behind.");
            throw;
        }
        throw new InvalidOperationException("The writing ended without a file.");
    }
}
