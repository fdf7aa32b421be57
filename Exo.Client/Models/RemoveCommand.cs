using System.CommandLine;
using System.Text.Json;
using Exo.Api;
using Exo.Client.Commands;
using Exo.Client.Terminal;

namespace Exo.Client.Models;

/// <summary>`exo rm MODEL`: deletes a model from the store.</summary>
internal static class RemoveCommand
{
    public static Command Build(CommandContext context)
    {
        var model = new Argument<string>("MODEL") { Description = "org/name removes all of its revisions, org/name@revision that one, org/name:variant that quantisation" };
        var json = GlobalOptions.Json();
        var command = new Command("rm", "Delete a model from the store.") { model, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var removed = await context.Service.RemoveAsync(parsed.GetRequiredValue(model), cancellationToken);
            if (parsed.GetValue(json)) context.Console.Out.WriteLine(JsonSerializer.Serialize(removed, ExoJson.Line.RemovedModel));
            else context.Console.Out.WriteLine($"Removed {removed.Name}: {Quantity.Bytes(removed.FreedByteCount)} freed.");
            return ExitCode.Success;
        });
        return command;
    }
}
