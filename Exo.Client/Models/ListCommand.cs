using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Exo.Api;
using Exo.Client.Commands;
using Exo.Client.Terminal;

namespace Exo.Client.Models;

/// <summary>`exo list`: the models at hand.</summary>
internal static class ListCommand
{
    private static readonly TextColumn[] Columns = [new("NAME"), new("REVISION", Rank: 3), new("SIZE", Right: true), new("MODIFIED", Rank: 2), new("STATE", Rank: 1)];

    public static Command Build(CommandContext context)
    {
        var json = GlobalOptions.Json();
        var command = new Command("list", "List the models at hand.") { json };
        command.Aliases.Add("ls");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var models = await context.Service.ListAsync(cancellationToken);
            if (parsed.GetValue(json)) context.Console.Out.WriteLine(JsonSerializer.Serialize(models, ExoJson.Line.IReadOnlyListStoredModel));
            else TextTable.Write(context.Console, Columns, [.. models.SelectMany(Rows)]);
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>The model, and below it its quantisations as the other commands take them.</summary>
    private static IEnumerable<string[]> Rows(StoredModel model) => [Row(model), .. (model.Variants ?? []).Select(variant => (string[])[variant.Name, "", Quantity.Bytes(variant.ByteCount), "", ""])];

    private static string[] Row(StoredModel model) =>
    [
        model.Name,
        model.Revision is { } revision ? revision[..Math.Min(revision.Length, 12)] : "",
        Quantity.Bytes(model.ByteCount),
        model.Modified?.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "",
        model switch { { Kind: StoredModelKind.Sample } => "sample", { Complete: false } => "incomplete", _ => "" },
    ];
}
