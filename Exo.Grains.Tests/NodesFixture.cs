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
        await BeforeAsync();
        var builder = new InProcessTestClusterBuilder((short)count);
        builder.ConfigureSilo((options, silo) =>
        {
            silo.AddExoGrains(Options(options.SiloName));
            silo.AddExoMemoryStorage();
            silo.Configure<ClusterMembershipOptions>(membership =>
            {
                membership.ProbeTimeout = TimeSpan.FromSeconds(1);
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
        await AfterAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    public InProcessSiloHandle Silo(string node) => Cluster.Silos.Single(silo => silo.Name == node);

    /// <summary>Ends a node without a word to the others.</summary>
    public async Task KillAsync(string node)
    {
        var silo = Silo(node);
        try
        {
            await Cluster.KillSiloAsync(silo);
        }
        catch (OperationCanceledException) // A kill is a stop that is cancelled, and may say so. The silo is down and still on the cluster's list.
        {
            await Cluster.KillSiloAsync(silo);
        }
    }

    /// <summary>A service of one node.</summary>
    public T Of<T>(string node)
        where T : notnull => Cluster.GetSiloServiceProvider(Silo(node).SiloAddress).GetRequiredService<T>();

    /// <summary>What a test's nodes have besides.</summary>
    protected virtual void Configure(ISiloBuilder silo, string node)
    {
    }

    /// <summary>What the nodes find when they start.</summary>
    protected virtual ValueTask BeforeAsync() => ValueTask.CompletedTask;

    /// <summary>Ends what <see cref="BeforeAsync"/> began.</summary>
    protected virtual ValueTask AfterAsync() => ValueTask.CompletedTask;

    /// <summary>What a node brings.</summary>
    protected virtual NodeOptions Options(string node) => new() { Name = node, Backends = [new CpuBackend()], Hub = HubOf(node), Threads = 1 };

    /// <summary>Each node has a disk of its own.</summary>
    protected virtual HubOptions HubOf(string node) => new() { CacheFolder = Path.Combine(_folder.Path, node, "hub") };
}
