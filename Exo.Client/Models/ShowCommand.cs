using System.CommandLine;
using System.Text.Json;
using Exo.Api;
using Exo.Client.Commands;

namespace Exo.Client.Models;

/// <summary>`exo show MODEL`: what a model is.</summary>
internal static class ShowCommand
{
    public static Command Build(CommandContext context)
    {
        var model = GlobalOptions.Model();
        var json = GlobalOptions.Json();
        var command = new Command("show", "Say what a model is.") { model, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var card = await context.Service.ShowAsync(parsed.GetRequiredValue(model), cancellationToken);
            if (parsed.GetValue(json)) context.Console.Out.WriteLine(JsonSerializer.Serialize(card, ExoJson.Line.ModelCard));
            else ModelCardText.Write(card, context.Console.Out);
            return ExitCode.Success;
        });
        return command;
    }
}
