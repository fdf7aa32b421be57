using System.Net;
using Exo.Engine.Cpu;
using Exo.Engine.Models;
using Exo.Grains.Hosting;
using Exo.Grains.Nodes;
using Exo.Hub;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Exo.Grains.Benchmarks.Nodes;

/// <summary>A node of this program's own: models are found by their paths, the first node is the one the others join.</summary>
internal static class BenchmarkSilo
{
    public static async Task<IHost> StartAsync(string name, int siloPort, int gatewayPort, int firstSiloPort, int threads)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(siloPort, gatewayPort, new IPEndPoint(IPAddress.Loopback, firstSiloPort));
            silo.AddExoGrains(new NodeOptions
            {
                Name = name,
                Backends = [new CpuBackend(), new IdleBackend()],
                Hub = new HubOptions { CacheFolder = Path.Combine(Path.GetTempPath(), "exo-benchmarks", name) },
                Threads = threads,
                OrphanSweepInterval = Timeout.InfiniteTimeSpan, // Deployments are made by hand: no record of them is to be found.
            });
            silo.AddExoMemoryStorage();
            silo.Services.AddSingleton<IModelLocator, PathLocator>();
        });
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private sealed class PathLocator : IModelLocator
    {
        public string Locate(string model, string? commit, LayerRange? layers) => model;
    }
}
