using System.Collections.Concurrent;
using Exo.Engine.Cpu;
using Exo.Grains.Hosting;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Hub;
using Exo.Hub.Slices;
using Exo.Tests.Api.Mirror;
using Exo.Tests.Hub.Server;
using Orleans.Runtime;

namespace Exo.Grains.Tests.Models;

/// <summary>Nodes with disks and mirrors of their own, and a hub that has the sample model under any number of names.</summary>
public class HubNodes(int count) : NodesFixture(count)
{
    private static readonly string SampleFolder = Path.Combine(AppContext.BaseDirectory, "models", "stories");

    private readonly ConcurrentDictionary<string, MirrorServer> _mirrors = new();
    private int _lastName;

    internal HubServer Hub { get; private set; } = null!;

    /// <summary>Shut, the hub says nothing to those who ask for weights.</summary>
    internal Gate Weights { get; } = new();

    /// <summary>The model's files: name and byte count.</summary>
    internal static IReadOnlyList<(string Path, long ByteCount)> Files { get; } =
        [.. Directory.GetFiles(SampleFolder).Where(file => !file.EndsWith(".md", StringComparison.Ordinal)).Select(file => (Path.GetFileName(file), new FileInfo(file).Length))];

    protected override async ValueTask BeforeAsync() => Hub = await HubServer.StartAsync(new HubServerOptions { Faults = Weights });

    protected override async ValueTask AfterAsync()
    {
        foreach (var mirror in _mirrors.Values) await mirror.DisposeAsync();
        await Hub.DisposeAsync();
    }

    protected override NodeOptions Options(string node)
    {
        var hub = HubOf(node);
        var mirror = _mirrors.GetOrAdd(node, _ => MirrorServer.StartAsync(hub, new SliceStore(SliceStore.DefaultFolder(hub))).GetAwaiter().GetResult());
        return base.Options(node) with { Hub = hub, Mirror = new Uri(mirror.Endpoint), MirrorKey = "the cluster's key" };
    }

    internal string CacheOf(string node) => HubOf(node).CacheFolder;

    /// <summary>A model that nobody has asked for yet.</summary>
    internal string NewModel()
    {
        var name = $"org/stories-{Interlocked.Increment(ref _lastName)}";
        Hub.Add(name, [.. Files.Select(file => new ServedFile(file.Path, new BytesContent(File.ReadAllBytes(Path.Combine(SampleFolder, file.Path)))) { IsLfs = file.Path.EndsWith(".safetensors", StringComparison.Ordinal) })]);
        return name;
    }

    /// <summary>A new model whose grain is on this node.</summary>
    internal async Task<IModelGrain> NewModelOnAsync(string node)
    {
        for (var attempt = 0; attempt < 50; attempt++)
        {
            var grain = Grains.GetGrain<IModelGrain>(NewModel());
            await grain.GetAsync();
            if (await NodeOfAsync(grain) == node) return grain;
        }

        throw new TimeoutException($"no model's grain was ever placed on {node}");
    }

    /// <summary>The node that a grain is on at present.</summary>
    internal async Task<string?> NodeOfAsync(IAddressable grain)
    {
        var address = await Grains.GetGrain<IManagementGrain>(0).GetActivationAddress(grain);
        return Cluster.Silos.FirstOrDefault(silo => silo.SiloAddress.Equals(address))?.Name;
    }

    internal async Task<NodeFacts> FactsAsync(string node) => await Grains.GetGrain<INodeGrain>(node).GetFactsAsync();

    protected override HubOptions HubOf(string node) => base.HubOf(node) with
    {
        Endpoint = new Uri(Hub.Endpoint),
        RangeByteCount = 256 << 10,
        MaxConnections = 1, // So that no connection takes another's last bytes over, and the hub's count is exact.
        StallTimeout = TimeSpan.FromSeconds(1),
        FirstBackOff = TimeSpan.FromMilliseconds(5),
        LongestBackOff = TimeSpan.FromMilliseconds(50),
        FreeSpaceMargin = 0,
    };

    /// <summary>Keeps the hub silent about the weights while it is shut, but for so many requests.</summary>
    internal sealed class Gate : FaultPlan
    {
        private int _left = int.MaxValue;

        public void Open() => Volatile.Write(ref _left, int.MaxValue);

        /// <summary>Lets so many requests for weights pass, and no more.</summary>
        public void ShutAfter(int requests) => Volatile.Write(ref _left, requests);

        public override Fault Choose(FaultOccasion occasion)
        {
            if (occasion.Scope != FaultScope.Content || !occasion.Path.EndsWith(".safetensors", StringComparison.Ordinal)) return Fault.None;
            return Volatile.Read(ref _left) == int.MaxValue || Interlocked.Decrement(ref _left) >= 0 ? Fault.None : Fault.Silence;
        }
    }
}
