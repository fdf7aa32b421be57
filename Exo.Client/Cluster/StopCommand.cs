using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Exo.Api;
using Exo.Client.Commands;

namespace Exo.Client.Cluster;

/// <summary>`exo stop MODEL`: has a server free a model's memory.</summary>
internal static class StopCommand
{
    public static Command Build(CommandContext context)
    {
        var model = GlobalOptions.Model();
        var json = GlobalOptions.Json();
        var command = new Command("stop", "Have a server unload a model once its running answers have ended.") { model, json };
        command.Aliases.Add("unload");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(model);
            await using var server = context.OpenServer();
            var wasLoaded = await server.UnloadAsync(name, cancellationToken);
            if (parsed.GetValue(json)) context.Console.Out.WriteLine(JsonSerializer.Serialize(new StopJson(name, wasLoaded), StopJsonContext.Default.StopJson));
            else if (wasLoaded) context.Console.Out.WriteLine($"Unloaded {name}.");
            else throw new ExoException(ExoErrorKind.ModelNotFound, $"{name} is not loaded: 'exo ps' lists what is");
            return ExitCode.Success;
        });
        return command;
    }
}

/// <summary>What `exo stop --json` writes.</summary>
internal sealed record StopJson(string Name, bool WasLoaded);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StopJson))]
internal sealed partial class StopJsonContext : JsonSerializerContext;
