using System.Net;
using System.Net.Sockets;
using Exo.Engine.Models;
using Exo.Grains.Generation;
using Exo.Grains.Models;
using Exo.Grains.Shards;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Exo.Grains.Benchmarks.Nodes;

/// <summary>Node n0 in this process, the others in processes of their own, over TCP on loopback; deployments made by hand.</summary>
internal sealed class BenchmarkCluster : IAsyncDisposable
{
    private readonly List<NodeProcess> _others = [];
    private long _epoch;

    private BenchmarkCluster(IHost host) => Host = host;

    public IHost Host { get; }

    public IGrainFactory Grains => Host.Services.GetRequiredService<IGrainFactory>();

    public static async Task<BenchmarkCluster> StartAsync(int nodes, int threads)
    {
        var ports = FreePorts(2 * nodes);
        var cluster = new BenchmarkCluster(await BenchmarkSilo.StartAsync("n0", ports[0], ports[1], ports[0], threads));
        for (var i = 1; i < nodes; i++) cluster._others.Add(await NodeProcess.StartAsync($"n{i}", ports[2 * i], ports[2 * i + 1], ports[0], threads));
        return cluster;
    }

    /// <summary>Splits a model evenly over the first nodes and makes it ready.</summary>
    public async Task<IGenerationGrain> DeployAsync(string folder, int shards, string device, int threads)
    {
        var layers = ModelFiles.Open(folder).Spec.Layers.Count;
        var deployment = new Deployment
        {
            Model = folder,
            Epoch = ++_epoch,
            ContextLength = 2048,
            MaxSequences = 8,
            KvBlockCount = 256,
            Shards = [.. Enumerable.Range(0, shards).Select(i => new ShardPlace($"n{i}", device, layers * i / shards, layers * (i + 1) / shards, threads))],
        };
        for (var i = 0; i < shards; i++)
        {
            var shard = Grains.GetGrain<ILayerGrain>(ShardKey.Of(deployment, i).ToString());
            var state = await shard.LoadAsync(deployment);
            while (state.Phase == ShardPhase.Loading)
            {
                await Task.Delay(20);
                state = await shard.GetStateAsync();
            }

            if (state.Phase != ShardPhase.Ready) throw new InvalidOperationException($"shard {i} can't be loaded: {state.Error}");
        }

        var driver = Grains.GetGrain<IGenerationGrain>(GenerationKey.Of(deployment).ToString());
        await driver.OpenAsync(deployment);
        return driver;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _others) node.Dispose();
        await Host.StopAsync();
        Host.Dispose();
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners) listener.Stop();
        return ports;
    }
}
