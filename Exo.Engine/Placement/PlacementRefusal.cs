namespace Exo.Engine.Placement;

/// <summary>Why there is no plan: the sums, and what would fit.</summary>
public sealed record PlacementRefusal
{
    public required string Model { get; init; }

    public required int ContextLength { get; init; }

    public required int Sequences { get; init; }

    /// <summary>Bytes of the model's weights.</summary>
    public required long WeightByteCount { get; init; }

    /// <summary>Bytes of the model on a disk that has all of it.</summary>
    public required long DiskByteCount { get; init; }

    /// <summary>Bytes of keys and values at the context asked for.</summary>
    public required long KvByteCount { get; init; }

    /// <summary>Bytes of one shard's buffers.</summary>
    public required long ActivationByteCount { get; init; }

    /// <summary>Bytes of the largest layer with its keys and values: a device with less is of no use.</summary>
    public required long LargestLayerByteCount { get; init; }

    /// <summary>What each device has.</summary>
    public required IReadOnlyList<DeviceRoom> Devices { get; init; }

    /// <summary>The longest context that would fit for as many sequences; 0 where not even the weights do.</summary>
    public required int LargestContextLength { get; init; }

    /// <summary>Happening, sums and remedy, fit to be shown.</summary>
    public required string Sentence { get; init; }
}

/// <summary>What one device could take.</summary>
/// <param name="Node">Its node.</param>
/// <param name="Device">The device.</param>
/// <param name="FreeByteCount">Bytes free.</param>
/// <param name="UsableByteCount">Bytes less the margin; 0 on a draining node.</param>
/// <param name="LayerCount">The most layers it could hold, without ends.</param>
public sealed record DeviceRoom(string Node, string Device, long FreeByteCount, long UsableByteCount, int LayerCount)
{
    /// <summary>Bytes of its node's disk that it may fill; null where nobody counts them.</summary>
    public long? FreeDiskByteCount { get; init; }
}
