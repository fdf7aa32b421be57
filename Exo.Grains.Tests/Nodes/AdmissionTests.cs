using Exo.Api;
using Exo.Engine.Backends;
using Exo.Engine.Models;
using Exo.Grains.Hosting;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Grains.Shards;
using Microsoft.Extensions.DependencyInjection;

namespace Exo.Grains.Tests.Nodes;

/// <summary>A node that no operator has limited takes no more than its machine has free.</summary>
public sealed class AdmissionTests(AdmissionTests.OneNode node) : IClassFixture<AdmissionTests.OneNode>, IAsyncDisposable
{
    private const long Mebi = 1 << 20;

    private static long _lastEpoch;

    private readonly List<string> _models = [];

    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Load_WhileAnotherLoads_CountsWhatThatWillTake()
    {
        var first = await LoadAsync(60 * Mebi);

        var refused = await Assert.ThrowsAsync<ModelRefusedException>(() => LoadAsync(60 * Mebi));

        Assert.Equal((ShardPhase.Loading, ExoErrorKind.OutOfMemory), (first.State.Phase, refused.Kind));
        Assert.Contains("40 MiB free beside the 60 MiB", refused.Message);
        Assert.Equal(ShardPhase.Loading, (await LoadAsync(39 * Mebi)).State.Phase); // What has room is let in.
    }

    [Fact]
    public async Task Load_OfALaterEpoch_DoesNotCountTheOneThatMakesWay()
    {
        var first = await LoadAsync(70 * Mebi);

        var second = await LoadAsync(80 * Mebi, first.Model);

        Assert.Equal(ShardPhase.Loading, second.State.Phase);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var model in _models) await node.Grains.GetGrain<INodeGrain>(node.Names[0]).RetireAsync(model, long.MaxValue - 1);
    }

    private async Task<(string Model, ShardState State)> LoadAsync(long byteCount, string? model = null)
    {
        var epoch = Interlocked.Increment(ref _lastEpoch);
        var deployment = new Deployment
        {
            Model = model ?? $"stories-{epoch}",
            Epoch = epoch,
            ContextLength = 64,
            MaxSequences = 1,
            KvBlockCount = 2,
            Shards = [new ShardPlace(node.Names[0], "cpu", 0, 5, Threads: 1, ByteCount: byteCount)],
        };
        _models.Add(deployment.Model);
        return (deployment.Model, await node.Grains.GetGrain<ILayerGrain>(ShardKey.Of(deployment, 0).ToString()).LoadAsync(deployment, Cancelled));
    }

    public sealed class OneNode() : NodesFixture(1)
    {
        protected override NodeOptions Options(string node) => base.Options(node) with { Backends = [new HeldBackend()] };

        protected override void Configure(ISiloBuilder silo, string node)
        {
            new FixedMeter(100 * Mebi).Register(silo.Services);
            silo.Services.AddSingleton<IModelLocator>(new SamplePlace());
        }
    }

    /// <summary>A processor whose loads end only by being cancelled.</summary>
    private sealed class HeldBackend : IShardBackend
    {
        public string Device => "cpu";

        public IShard Load(DecoderSpec spec, LayerRange layers, ShardWeights weights, ShardOptions options, IProgress<double>? progress, CancellationToken cancellationToken)
        {
            cancellationToken.WaitHandle.WaitOne();
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private sealed class SamplePlace : IModelLocator
    {
        public string Locate(string model, string? commit, LayerRange? layers) => Path.Combine(AppContext.BaseDirectory, "models", "stories");
    }
}
