using Exo.Api;
using Exo.Client.Terminal;

namespace Exo.Client.Cluster;

/// <summary>Machines in words: a row a device, then the ways between them.</summary>
internal static class NodesText
{
    private static readonly TextColumn[] Columns =
        [new("NODE"), new("STATUS", Rank: 1), new("DEVICE"), new("FREE", Right: true), new("MEMORY", Right: true, Rank: 2), new("READS", Right: true, Rank: 3), new("IN MEMORY", Rank: 4), new("ON DISK", Rank: 5)];

    private static readonly TextColumn[] LinkColumns = [new("FROM"), new("TO"), new("LATENCY", Right: true), new("SPEED", Right: true)];

    public static void Write(IReadOnlyList<NodeState> nodes, IConsole console)
    {
        TextTable.Write(console, Columns, [.. nodes.SelectMany(Rows)]);
        var links = nodes.SelectMany(node => node.Links.Select(link => (From: node.Name, Link: link))).ToArray();
        if (links.Length == 0) return;
        console.Out.WriteLine();
        TextTable.Write(console, LinkColumns, [.. links.Select(way => (string[])[way.From, way.Link.Node, Milliseconds(way.Link.LatencySeconds), Speed(way.Link.BytesPerSecond)])]);
    }

    /// <summary>"0.21 ms"</summary>
    public static string Milliseconds(double seconds) => FormattableString.Invariant($"{seconds * 1000:0.00} ms");

    private static IEnumerable<string[]> Rows(NodeState node)
    {
        var devices = node.Devices.Count > 0 ? node.Devices : [new DeviceState { Name = "–", TotalByteCount = node.MemoryByteCount, FreeByteCount = Math.Max(0, node.MemoryByteCount - node.UsedMemoryByteCount) }];
        return devices.Select((device, index) => (string[])
        [
            index == 0 ? node.Name : "",
            index == 0 ? node.Status.ToString().ToLowerInvariant() : "",
            device.Description is { } description ? $"{device.Name} ({description})" : device.Name,
            Quantity.Bytes(device.FreeByteCount),
            Quantity.Bytes(device.TotalByteCount),
            Speed(device.ReadBytesPerSecond),
            string.Join(", ", node.Shards.Where(shard => shard.Device == device.Name).Select(shard => $"{shard.Model} {Layers(shard.FirstLayer, shard.EndLayer)}")),
            index == 0 ? string.Join(", ", node.Held.Select(Held).Concat(node.Pulls.Select(Pulled))) : "",
        ]);
    }

    /// <summary>"0–15", "7"</summary>
    public static string Layers(int first, int end) => end - first == 1 ? $"{first}" : $"{first}–{end - 1}";

    private static string Held(HeldModel held) => held.Model
        + (held is { FirstLayer: { } first, EndLayer: { } end } ? $" {Layers(first, end)}" : "")
        + (held.Complete ? "" : " (in part)");

    private static string Pulled(PullProgress pull) => $"{pull.Model} ({(pull.ByteCount == 0 ? 0 : pull.DoneByteCount * 100 / pull.ByteCount)} %)";

    private static string Speed(double? bytesPerSecond) => bytesPerSecond is { } speed ? $"{Quantity.Bytes(speed)}/s" : "";
}
