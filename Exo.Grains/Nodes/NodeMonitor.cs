using System.Collections.Immutable;
using System.Reflection;
using Exo.Api.Local;
using Exo.Engine;
using Exo.Engine.Backends;
using Exo.Grains.Hosting;
using Exo.Grains.Shards;
using Microsoft.Extensions.Logging;

namespace Exo.Grains.Nodes;

/// <summary>What this node is and holds at the moment. Speeds are measured once, when they are first asked for; the rest is looked at each time.</summary>
internal sealed partial class NodeMonitor
{
    /// <summary>Well below the patience of those who ask.</summary>
    private static readonly TimeSpan MeasuringPatience = TimeSpan.FromSeconds(1);

    private static readonly string Version = typeof(NodeMonitor).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    private readonly NodeOptions _options;
    private readonly NodeStore _store;
    private readonly ShardHost _shards;
    private readonly LinkMeter _links;
    private readonly ImmutableArray<IDeviceMeter> _meters;
    private readonly Lazy<Task<ImmutableArray<DeviceFacts>>> _measured;
    private readonly TimeProvider _time;
    private readonly ILogger<NodeMonitor> _logger;

    public NodeMonitor(
        NodeOptions options, NodeStore store, ShardHost shards, LinkMeter links, IEnumerable<IShardBackend> backends, IEnumerable<IDeviceMeter> meters, TimeProvider time, ILogger<NodeMonitor> logger)
    {
        (_options, _store, _shards, _links, _time, _logger) = (options, store, shards, links, time, logger);
        var known = meters.ToDictionary(meter => meter.Device, StringComparer.Ordinal);
        _meters = [.. backends.Select(backend => MeterOf(backend.Device, known)).OfType<IDeviceMeter>()];
        _measured = new(() => Task.Run(MeasureAsync));
    }

    /// <summary>Begins to measure, so that the first plan need not wait for it.</summary>
    public void Begin() => _ = _measured.Value;

    /// <summary>Without devices while it measures them, which takes long on a busy machine: whoever asks learns that the node is there.</summary>
    public async Task<NodeFacts> FactsAsync(CancellationToken cancellationToken)
    {
        await ((Task)_measured.Value).WaitAsync(MeasuringPatience, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        var measured = _measured.Value.IsCompleted ? await _measured.Value : default(ImmutableArray<DeviceFacts>?);
        return await Task.Run(() => Look(measured ?? []) with { IsMeasuring = measured is null }, cancellationToken); // it reads folders
    }

    /// <summary>One after the other: side by side they would measure each other.</summary>
    private async Task<ImmutableArray<DeviceFacts>> MeasureAsync()
    {
        var measured = ImmutableArray.CreateBuilder<DeviceFacts>();
        foreach (var meter in _meters) measured.Add(await meter.MeasureAsync());
        return measured.ToImmutable();
    }

    private NodeFacts Look(ImmutableArray<DeviceFacts> measured)
    {
        var shards = _shards.States;
        return new NodeFacts
        {
            Name = _options.Name,
            Devices = [.. measured.Select((device, i) => Now(device, _meters[i], DeviceRoom.On(device.Name, shards)))],
            Mirror = _options.Mirror,
            FreeDiskByteCount = _store.FreeDiskByteCount(),
            Shards = shards,
            Fetches = _store.Fetches,
            Held = [.. _store.Held()],
            Version = Version,
            Cores = Environment.ProcessorCount,
            MemoryByteCount = FreeMemory.TotalByteCount(),
            UsedMemoryByteCount = Environment.WorkingSet,
            PeakMemoryByteCount = Machine.PeakMemoryByteCount(),
            Links = _links.Known,
        };
    }

    private DeviceFacts Now(DeviceFacts device, IDeviceMeter meter, List<ShardState> shards)
    {
        var limit = device.Name == "cpu" ? _options.MemoryByteCount : null;
        return device with
        {
            FreeByteCount = DeviceRoom.Of(meter.FreeByteCount(), limit, shards),
            AllowedByteCount = limit - shards.Sum(shard => shard.ByteCount),
            UnseenByteCount = shards.Sum(shard => shard.UnseenByteCount),
            Shared = meter.Shared(),
        };
    }

    private IDeviceMeter? MeterOf(string device, Dictionary<string, IDeviceMeter> known)
    {
        if (known.TryGetValue(device, out var meter)) return meter;
        LogNoMeter(device);
        return null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Device {Device} gets no layers: nothing here can measure it")]
    private partial void LogNoMeter(string device);
}
