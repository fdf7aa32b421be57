using System.CommandLine;
using System.Text.Json;
using Exo.Api;
using Exo.Client.Commands;
using Exo.Client.Run;

namespace Exo.Client.Cluster;

/// <summary>`exo place MODEL`: where a model's layers would go, before anything moves.</summary>
internal static class PlaceCommand
{
    private static readonly NumberRule<int> Sequences = new("sequences", "N", "Conversations at once to make room for", "a whole number from 1", value => value >= 1);

    public static Command Build(CommandContext context)
    {
        var model = GlobalOptions.Model();
        var contextLength = Parameters.Context.AsOption();
        var sequences = Sequences.AsOption();
        var quantization = Parameters.Quantization();
        var json = GlobalOptions.Json();
        var command = new Command("place", "Show where a model's layers would go, and why. Moves nothing.") { model, contextLength, sequences, quantization, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new PlaceRequest
            {
                Model = parsed.GetRequiredValue(model),
                ContextLength = parsed.GetValue(contextLength),
                Sequences = parsed.GetValue(sequences),
                Quantization = parsed.GetValue(quantization),
            };
            var report = await context.Service.PlaceAsync(request, cancellationToken);
            if (parsed.GetValue(json)) context.Console.Out.WriteLine(JsonSerializer.Serialize(report, ExoJson.Line.PlacementReport));
            else PlacementText.Write(report, context.Console);
            return report.Refusal is null ? ExitCode.Success : throw new ExoException(ExoErrorKind.OutOfMemory, $"{report.Model} can't be placed: {report.Refusal}");
        });
        return command;
    }
}
