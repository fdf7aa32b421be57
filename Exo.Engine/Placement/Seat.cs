namespace Exo.Engine.Placement;

/// <summary>A device that may get layers.</summary>
/// <param name="Node">Its node.</param>
/// <param name="Device">The device.</param>
/// <param name="MarginByteCount">Bytes that stay free.</param>
internal sealed record Seat(PlacementNode Node, PlacementDevice Device, long MarginByteCount)
{
    public long UsableByteCount => Math.Max(0, Device.FreeByteCount - MarginByteCount);

    /// <summary>Bytes of its node's disk that it may fill; null where nobody counts them.</summary>
    public long? FreeDiskByteCount => Node.FreeDiskByteCount / Node.Devices.Count;

    /// <summary>What decoding gets of the bandwidth.</summary>
    public double ReadBytesPerSecond => Device.ReadBytesPerSecond * Device.ReadShare;

    /// <summary>What prefill gets of the arithmetic.</summary>
    public double OperationsPerSecond => Device.OperationsPerSecond * Device.ArithmeticShare;

    /// <summary>"a", or "a/cuda:0" where its node has several devices.</summary>
    public string Name => NameOf(Node, Device);

    public static string NameOf(PlacementNode node, PlacementDevice device) => node.Devices.Count == 1 ? node.Name : $"{node.Name}/{device.Name}";
}
