using Exo.Api;
using Exo.Api.Local;
using Exo.Engine.Models;
using Exo.Grains.Generation;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Grains.Tests.Generation;
using Exo.Grains.Tests.Nodes;

namespace Exo.Grains.Tests.Models;

/// <summary>Weights that are quantized while nodes load them.</summary>
public sealed class QuantizedTests(QuantizedTests.TwoNodes nodes) : IClassFixture<QuantizedTests.TwoNodes>
{
    private const long Free = 1L << 30;

    /// <summary>Eight run at a time, a thousand tokens each: no machine is through with them before the test has looked.</summary>
    private const int QueuedAnswers = 96;

    private static readonly AnswerRequest Story = new()
    {
        Model = "stories",
        Text = "Once upon a time",
        Sampling = new() { Temperature = 0.9f, Seed = 7 },
        MaxTokens = 40,
        TopLogprobs = 2,
    };

    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(WeightQuantization.Q8)]
    [InlineData(WeightQuantization.Q4)]
    public async Task Answer_OverTwoShards_EqualsOneMachineWithTheSameQuantization(WeightQuantization quantization)
    {
        var request = Story with { Quantization = quantization };
        await using var alone = new LocalExoService();
        var expected = await ChainFixture.AllAsync(alone.AnswerAsync(request, Cancelled));

        await LoadAsync(quantization);
        var answer = await ChainFixture.AllAsync(nodes.Of<IExoService>(nodes.Names[0]).AnswerAsync(request, Cancelled));

        ChainAnswerTests.AssertSame(expected, answer);
        Assert.Equal(2, (await DeploymentAsync()).Shards.Length);
    }

    [Fact]
    public async Task Load_Quantized_TakesWhatWasPlanned_AndCountsItOnce()
    {
        await LoadAsync(null);
        Assert.Equal((await DeploymentAsync()).Shards.Select(place => place.ByteCount), (await ShardsAsync()).Select(shard => shard.WeightByteCount + shard.KvByteCount));
        var stored = (await ShardsAsync()).Sum(shard => shard.WeightByteCount);

        await LoadAsync(WeightQuantization.Q8);

        var deployment = await DeploymentAsync();
        var shards = await ShardsAsync();
        var sample = ModelFiles.Open(Path.Combine(AppContext.BaseDirectory, "models", "stories"));
        Assert.Equal(deployment.Shards.Select(place => place.ByteCount), shards.Select(shard => shard.WeightByteCount + shard.KvByteCount));
        Assert.InRange(shards.Sum(shard => shard.WeightByteCount), stored * 0.5, stored * 0.75); // of two shards the first has an embedding too, as it is stored
        foreach (var node in nodes.Names)
        {
            // The meter stands still: what the system would show as taken is not taken off here; keys and values that nobody wrote are, and what is read from mapped files: norms,
            // and an embedding without its head.
            var facts = await nodes.Grains.GetGrain<INodeGrain>(node).GetFactsAsync(Cancelled);
            var shard = facts.Shards.Single(shard => shard.Epoch == deployment.Epoch);
            var embedding = shard.FirstLayer == 0 ? Quantizations.CostOf(sample, WeightQuantization.Q8).EmbeddingByteCount : 0;
            var promised = shard.KvByteCount + embedding;
            Assert.InRange(facts.Devices[0].FreeByteCount, Free - promised - (shard.WeightByteCount / 10), Free - promised);
        }
    }

    [Fact]
    public async Task Answer_InAnotherFormatThanTheOneInUse_IsRefused_AndServedWhenThatIsIdle()
    {
        await LoadAsync(WeightQuantization.Q8);
        var service = nodes.Of<IExoService>(nodes.Names[0]);
        var endless = Story with { Quantization = WeightQuantization.Q8, MaxTokens = null, LogitBias = new Dictionary<int, float> { [1] = -100 } };
        await using var running = await AnswersUnderWay<AnswerEvent>.BeginAsync(leaving => service.AnswerAsync(endless, leaving), QueuedAnswers, Cancelled);

        var refused = await Assert.ThrowsAsync<ExoException>(() => ChainFixture.AllAsync(service.AnswerAsync(Story, Cancelled)));

        Assert.Equal(ExoErrorKind.Busy, refused.Kind);
        await running.DisposeAsync();
        await nodes.Grains.GetGrain<IModelGrain>(Story.Model).UntilIdleAsync();
        Assert.NotEmpty(await ChainFixture.AllAsync(service.AnswerAsync(Story, Cancelled)));
        Assert.Null((await DeploymentAsync()).Options!.Quantization);
    }

    private async Task LoadAsync(WeightQuantization? quantization)
    {
        await nodes.Grains.GetGrain<IModelGrain>(Story.Model).UnloadAsync(Cancelled);
        var request = new LoadRequest { Model = Story.Model, ContextLength = 1024, ShardCount = 2, Quantization = quantization };
        await foreach (var progress in nodes.Of<IExoService>(nodes.Names[0]).LoadAsync(request, Cancelled)) Assert.InRange(progress.Fraction, 0, 1);
    }

    private async Task<Deployment> DeploymentAsync() => (await nodes.Grains.GetGrain<IModelGrain>(Story.Model).GetAsync(Cancelled)).Deployment!;

    private async Task<List<Exo.Grains.Shards.ShardState>> ShardsAsync()
    {
        var facts = await Task.WhenAll(nodes.Names.Select(node => nodes.Grains.GetGrain<INodeGrain>(node).GetFactsAsync(Cancelled)));
        return [.. facts.SelectMany(node => node.Shards).OrderBy(shard => shard.FirstLayer)];
    }

    public sealed class TwoNodes() : NodesFixture(2)
    {
        protected override void Configure(ISiloBuilder silo, string node) => new FixedMeter(Free).Register(silo.Services);
    }
}
