using Exo.Api;
using Exo.Client.Terminal;

namespace Exo.Client.Cluster;

/// <summary>A placement in words.</summary>
internal static class PlacementText
{
    private static readonly TextColumn[] Columns =
        [new("NODE"), new("DEVICE"), new("LAYERS", Right: true), new("WEIGHTS", Right: true), new("KEYS+VALUES", Right: true, Rank: 2), new("FREE", Right: true, Rank: 3), new("COMPUTE", Right: true), new("HOP", Right: true, Rank: 1)];

    public static void Write(PlacementReport report, IConsole console)
    {
        var sequences = report.Sequences == 1 ? "" : $"{report.Sequences} × ";
        console.Out.WriteLine(
            $"{report.Model}: {report.LayerCount} layers, {Quantity.Bytes(report.WeightByteCount)} of weights, {Quantity.Bytes(report.KvByteCount)} for keys and values of {sequences}{Quantity.Grouped(report.ContextLength)} tokens");
        if (report.Shards.Count > 0) TextTable.Write(console, Columns, [.. report.Shards.Select(Row)]);
        if (report.SecondsPerToken > 0) console.Out.WriteLine(FormattableString.Invariant($"{NodesText.Milliseconds(report.SecondsPerToken)} a token expected, {1 / report.SecondsPerToken:0.#} tokens/s"));
        foreach (var reason in report.Reasons) console.Out.WriteLine(Printable.Line($"- {reason}"));
        foreach (var (node, reason) in report.LeftOut) console.Out.WriteLine(Printable.Line($"- without {node}: {reason}"));
    }

    private static string[] Row(PlacedShard shard) =>
    [
        shard.Node,
        shard.Device,
        NodesText.Layers(shard.FirstLayer, shard.EndLayer),
        Quantity.Bytes(shard.WeightByteCount),
        Quantity.Bytes(shard.KvByteCount),
        Quantity.Bytes(shard.FreeByteCount),
        NodesText.Milliseconds(shard.ComputeSeconds),
        shard.HopSeconds > 0 ? NodesText.Milliseconds(shard.HopSeconds) : "",
    ];
}
