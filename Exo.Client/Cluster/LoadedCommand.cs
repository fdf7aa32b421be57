using System.CommandLine;
using System.Text.Json;
using Exo.Api;
using Exo.Client.Commands;
using Exo.Client.Terminal;

namespace Exo.Client.Cluster;

/// <summary>`exo ps`: the models that a server has in memory.</summary>
internal static class LoadedCommand
{
    private static readonly TextColumn[] Columns = [new("NAME"), new("SIZE", Right: true), new("DEVICE", Rank: 1), new("CONTEXT", Right: true, Rank: 3), new("ANSWERS", Right: true, Rank: 2), new("STAYS")];

    public static Command Build(CommandContext context)
    {
        var json = GlobalOptions.Json();
        var command = new Command("ps", "List the models that a server has in memory.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var server = context.OpenServer();
            var models = await server.ListLoadedAsync(cancellationToken);
            if (parsed.GetValue(json)) context.Console.Out.WriteLine(JsonSerializer.Serialize(models, ExoJson.Line.IReadOnlyListLoadedModelInfo));
            else TextTable.Write(context.Console, Columns, [.. models.Select(model => Row(model, context.Time.GetUtcNow()))]);
            return ExitCode.Success;
        });
        return command;
    }

    private static string[] Row(LoadedModelInfo model, DateTimeOffset now) =>
    [
        model.Name,
        Quantity.Bytes(model.ByteCount + model.KvByteCount),
        model.Shards.Select(shard => shard.Node).Distinct().Count() > 1 ? string.Join(", ", model.Shards.Select(shard => $"{shard.Node} {shard.Device}")) : model.Device,
        Quantity.Grouped(model.ContextLength),
        Quantity.Grouped(model.ActiveCount),
        Stays(model, now),
    ];

    private static string Stays(LoadedModelInfo model, DateTimeOffset now) => model switch
    {
        { ActiveCount: > 0 } => "in use",
        { ExpiresAt: { } end } => $"for {Quantity.TimeLeft(Math.Max(0, (end - now).TotalSeconds))}",
        _ => "until stopped",
    };
}
