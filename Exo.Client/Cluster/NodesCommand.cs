using System.CommandLine;
using System.Text.Json;
using Exo.Api;
using Exo.Client.Commands;

namespace Exo.Client.Cluster;

/// <summary>`exo nodes`: the machines, what they have and what they hold.</summary>
internal static class NodesCommand
{
    public static Command Build(CommandContext context)
    {
        var json = GlobalOptions.Json();
        var command = new Command("nodes", "List the machines of a cluster: devices, memory, speed, what they hold.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var nodes = (await context.Service.GetStateAsync(cancellationToken)).Nodes;
            if (parsed.GetValue(json)) context.Console.Out.WriteLine(JsonSerializer.Serialize(nodes, ExoJson.Line.IReadOnlyListNodeState));
            else NodesText.Write(nodes, context.Console);
            return ExitCode.Success;
        });
        return command;
    }
}
