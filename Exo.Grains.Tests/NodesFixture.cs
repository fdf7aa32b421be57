using Exo.Engine.Cpu;
using Exo.Grains.Hosting;
using Exo.Hub;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.TestingHost;

namespace Exo.Grains.Tests;

/// <summary>Some nodes in this process, real silos with real grains. A start takes seconds: share it between the tests of a class.</summary>
public abstract class NodesFixture(int count) : IAsyncLifetime
{
    private readonly TempFolder _folder = new();

    public InProcessTestCluster Cluster { get; private set; } = null!;

    public IGrainFactory Grains => Cluster.Client;

    /// <summary>The nodes' names in the order they were started.</summary>
    public IReadOnlyList<string> Names => [.. Cluster.Silos.Select(silo => silo.Name)];

    public async ValueTask InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder((short)count);
        builder.ConfigureSilo((options, silo) =>
        {
            silo.AddExoGrains(new NodeOptions { Name = options.SiloName, Backends = [new CpuBackend()], Hub = Hub(options.SiloName), Threads = 1 });
            silo.AddExoMemoryStorage();
            silo.Configure<ClusterMembershipOptions>(membership =>
            {
                membership.ProbeTimeout = TimeSpan.FromMilliseconds(500);
                membership.NumMissedProbesLimit = 2;
            });
            Configure(silo, options.SiloName);
        });
        Cluster = builder.Build();
        await Cluster.DeployAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A service of one node.</summary>
    public T Of<T>(string node)
        where T : notnull => Cluster.GetSiloServiceProvider(Cluster.Silos.Single(silo => silo.Name == node).SiloAddress).GetRequiredService<T>();

    /// <summary>What a test's nodes have besides.</summary>
    protected virtual void Configure(ISiloBuilder silo, string node)
    {
    }

    /// <summary>Each node has a disk of its own.</summary>
    protected virtual HubOptions Hub(string node) => new() { CacheFolder = Path.Combine(_folder.Path, node, "hub") };
}
