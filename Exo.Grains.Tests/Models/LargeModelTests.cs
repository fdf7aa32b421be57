using Exo.Api;
using Exo.Api.Local;
using Exo.Engine.Models;
using Exo.Engine.Placement;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Grains.Tests.Nodes;

namespace Exo.Grains.Tests.Models;

/// <summary>A model whose weights have no room in memory as they are stored, and have it quantized.</summary>
public sealed class LargeModelTests(LargeModelTests.SmallNode node) : IClassFixture<LargeModelTests.SmallNode>
{
    private static readonly DeployOptions AsStored = new() { ContextLength = 256, MaxSequences = 1 };

    private static readonly ModelFiles Sample = ModelFiles.Open(Path.Combine(AppContext.BaseDirectory, "models", "stories"));

    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pull_OfOneThatRunsOnlyQuantized_FetchesIt_AndItRuns()
    {
        node.Weights.Open();
        var name = node.NewModel();
        var model = node.Grains.GetGrain<IModelGrain>(name);
        Assert.Null((await model.PlanAsync(AsStored, Cancelled)).Deployment);

        await model.PullAsync(AsStored, Cancelled);
        var pulled = await model.UntilAsync(now => now.Phase is ModelPhase.Idle or ModelPhase.Failed, "the pull's end");
        await model.DeployAsync(AsStored with { Quantization = WeightQuantization.Q8 }, Cancelled);
        var deployment = await model.UntilReadyAsync();

        Assert.Null(pulled.Error);
        Assert.Equal(WeightQuantization.Q8, deployment.Options!.Quantization);
        await model.UnloadAsync(Cancelled);
    }

    [Fact]
    public async Task Deploy_AsStored_OfOneWhosePullRuns_IsRefusedWhenItIsThere()
    {
        node.Weights.ShutAfter(2);
        var name = node.NewModel();
        var model = node.Grains.GetGrain<IModelGrain>(name);
        await model.PullAsync(AsStored, Cancelled);
        await model.UntilAsync(now => now.Phase == ModelPhase.Fetching, "the fetch");

        await model.DeployAsync(AsStored, Cancelled); // It goes on with the pull, which was placed for less memory.
        node.Weights.Open();
        var ended = await model.UntilAsync(now => now.Phase is ModelPhase.Ready or ModelPhase.Failed, "an end");

        Assert.Equal((ModelPhase.Failed, ExoErrorKind.OutOfMemory), (ended.Phase, ended.ErrorKind));
        Assert.Contains("take a smaller quantization", ended.Error);
        Assert.Empty((await node.FactsAsync(node.Names[0])).Shards);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(WeightQuantization.Q8)]
    [InlineData(WeightQuantization.Q4)]
    public void MakeForDisks_TakesTheLargestFormatThatFits(WeightQuantization? fitting)
    {
        var input = Input(Cost(null), LeastFree(Cost(fitting)));

        var (placedFor, placed) = Placing.MakeForDisks(input, format => Cost(format));

        Assert.Null(placed.Refusal);
        Assert.Equal(fitting, placedFor.Quantization);
        Assert.Equal(Cost(null).DiskByteCount, placedFor.Cost.DiskByteCount); // What is fetched is what is stored.
    }

    [Fact]
    public void MakeForDisks_WhereNoFormatFits_RefusesWithTheSumsOfTheStoredOne()
    {
        var input = Input(Cost(null), LeastFree(Cost(WeightQuantization.Q4)) / 2);

        Assert.Equal(Cost(null).WeightByteCount, Placing.MakeForDisks(input, format => Cost(format)).Placed.Refusal!.WeightByteCount);
        Assert.NotNull(Placing.MakeForDisks(input with { Nodes = [Node(LeastFree(Cost(WeightQuantization.Q8)))] }, _ => null).Placed.Refusal); // Nothing to quantize in it.
    }

    private static ModelCost Cost(WeightQuantization? quantization) => Quantizations.CostOf(Sample, quantization);

    /// <summary>The least free memory, by steps smaller than what a format saves, in which a model has room.</summary>
    private static long LeastFree(ModelCost cost)
    {
        const long Step = 256 << 10;
        var free = Step;
        while (Placing.Make(Input(cost, free)).Refusal is not null) free += Step;
        return free;
    }

    private static PlacingInput Input(ModelCost cost, long free) => new() { Model = "stories", Commit = null, Cost = cost, Options = AsStored, Nodes = [Node(free)] };

    private static NodeFacts Node(long free) => new() { Name = "a", Devices = [FixedMeter.Facts(free)], Version = "1" };

    public sealed class SmallNode() : HubNodes(1)
    {
        protected override void Configure(ISiloBuilder silo, string node) => new FixedMeter(LeastFree(Cost(WeightQuantization.Q8))).Register(silo.Services);
    }
}
