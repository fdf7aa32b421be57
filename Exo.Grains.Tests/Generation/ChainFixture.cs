using System.Collections.Immutable;
using System.Text.Json;
using Exo.Api;
using Exo.Engine.Models;
using Exo.Grains.Generation;
using Exo.Grains.Hosting;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Grains.Shards;
using Microsoft.Extensions.DependencyInjection;

namespace Exo.Grains.Tests.Generation;

/// <summary>Five nodes that find models by their paths, and deployments made by hand.</summary>
public sealed class ChainFixture() : NodesFixture(5)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static long _lastEpoch;

    public static string Stories { get; } = Path.Combine(AppContext.BaseDirectory, "models", "stories");

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Loads a model split over nodes and opens its driver.</summary>
    public async Task<Deployment> DeployAsync(string model, params string[] nodes)
    {
        var deployment = Plan(model, nodes);
        for (var i = 0; i < nodes.Length; i++) await LoadAsync(deployment, i);
        await Driver(deployment).OpenAsync(deployment, Token);
        return deployment;
    }

    public static Deployment Plan(string model, params string[] nodes)
    {
        var layers = ModelFiles.Open(model).Spec.Layers.Count;
        return new Deployment
        {
            Model = model,
            Epoch = Interlocked.Increment(ref _lastEpoch),
            ContextLength = 256,
            MaxSequences = 4,
            KvBlockCount = 40,
            Shards = [.. nodes.Select((node, i) => new ShardPlace(node, "cpu", layers * i / nodes.Length, layers * (i + 1) / nodes.Length))],
        };
    }

    public ILayerGrain Shard(Deployment deployment, int index) => Grains.GetGrain<ILayerGrain>(ShardKey.Of(deployment, index).ToString());

    public IGenerationGrain Driver(Deployment deployment) => Grains.GetGrain<IGenerationGrain>(GenerationKey.Of(deployment).ToString());

    public async Task LoadAsync(Deployment deployment, int index)
    {
        var shard = Shard(deployment, index);
        var state = await shard.LoadAsync(deployment, Token);
        using var limit = new CancellationTokenSource(Patience);
        while (state.Phase == ShardPhase.Loading)
        {
            Assert.False(limit.IsCancellationRequested, $"shard {index} never loaded");
            await Task.Yield();
            state = await shard.GetStateAsync(Token);
        }

        Assert.Equal((ShardPhase.Ready, null), (state.Phase, state.Error));
    }

    /// <summary>An answer's events, as the driver tells them.</summary>
    public async IAsyncEnumerable<AnswerEvent> AnswerAsync(Deployment deployment, AnswerRequest request, params int[] known)
    {
        var call = new AnswerCall(JsonSerializer.Serialize(request, ExoJson.Default.AnswerRequest), known);
        await foreach (var part in Driver(deployment).AnswerAsync(call, Token)) yield return JsonSerializer.Deserialize(part.EventJson, ExoJson.Default.AnswerEvent)!;
    }

    public static async Task<List<AnswerEvent>> AllAsync(IAsyncEnumerable<AnswerEvent> events)
    {
        var all = new List<AnswerEvent>();
        await foreach (var next in events) all.Add(next);
        return all;
    }

    /// <summary>What is made by hand is written down nowhere: a sweep would have the model's grain take it up, half loaded as it may be.</summary>
    protected override NodeOptions Options(string node) => base.Options(node) with { OrphanSweepInterval = Timeout.InfiniteTimeSpan };

    protected override void Configure(ISiloBuilder silo, string node) => silo.Services.AddSingleton<IModelLocator>(new PathLocator());

    private sealed class PathLocator : IModelLocator
    {
        public string Locate(string model, string? commit, LayerRange? layers) => model;
    }
}
