using System.CommandLine;
using System.Text.Json;
using Exo.Api;
using Exo.Client.Commands;

namespace Exo.Client.Pulls;

/// <summary>`exo pause MODEL` and `exo resume MODEL`: hold a server's pull and go on with it.</summary>
internal static class PauseCommand
{
    public static Command Build(CommandContext context) => Build(context, "pause", "Have a server stop fetching a model; what has landed stays.", isPaused: true);

    public static Command BuildResume(CommandContext context) => Build(context, "resume", "Have a server go on with a pull that was paused.", isPaused: false);

    private static Command Build(CommandContext context, string name, string description, bool isPaused)
    {
        var model = new Argument<string>("MODEL") { Description = "org/name[:variant][@revision], as it is being pulled" };
        var json = GlobalOptions.Json();
        var command = new Command(name, description) { model, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var server = context.OpenServer();
            var progress = await server.ControlPullAsync(new PullControl { Model = parsed.GetRequiredValue(model), Paused = isPaused }, cancellationToken);
            if (parsed.GetValue(json)) context.Console.Out.WriteLine(JsonSerializer.Serialize(progress, ExoJson.Line.PullProgress));
            else context.Console.Out.WriteLine($"{(isPaused ? "Paused" : "Resumed")} {progress.Model} at {PullText.Amount(progress.DoneByteCount, progress.ByteCount)}.");
            return ExitCode.Success;
        });
        return command;
    }
}
