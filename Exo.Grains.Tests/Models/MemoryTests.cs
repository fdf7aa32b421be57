using Exo.Api;
using Exo.Grains.Generation;
using Exo.Grains.Hosting;
using Exo.Grains.Models;
using Exo.Grains.Nodes;

namespace Exo.Grains.Tests.Models;

/// <summary>Several models on one node that has room for two: the sample model, copied under paths of its own.</summary>
public sealed class MemoryTests(MemoryTests.OneSmallNode node) : IClassFixture<MemoryTests.OneSmallNode>
{
    /// <summary>A model takes 11 MiB and is planned with 17, buffers and margin included: two find room in this, a third doesn't.</summary>
    private const long Memory = 34L << 20;

    /// <summary>A model answers one at a time here, a thousand tokens each: half a minute's work at least.</summary>
    private const int QueuedAnswers = 64;

    private static readonly DeployOptions Small = new() { ContextLength = 1024, MaxSequences = 1 };

    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Deploy_OfAThirdModel_UnloadsTheOneThatWasNotUsedForLongest()
    {
        var (a, b, c) = (node.NewModel(), node.NewModel(), node.NewModel());
        await ReadyAsync(a);
        await ReadyAsync(b);
        await ReadyAsync(a); // Used again: now the second is the older one.

        await ReadyAsync(c);

        Assert.Equivalent(new[] { a.GetPrimaryKeyString(), c.GetPrimaryKeyString() }, await node.ResidentAsync(), strict: true);
        Assert.Equal(ModelPhase.Idle, (await b.GetAsync(Cancelled)).Phase);
        await UnloadAllAsync(a, c);
    }

    [Fact]
    public async Task Deploy_WhileAllOthersAreInUse_IsRefusedAsBusyWithTheSum()
    {
        var (a, b, c) = (node.NewModel(), node.NewModel(), node.NewModel());
        await using var first = await UseAsync(a);
        await using var second = await UseAsync(b);

        await c.DeployAsync(Small, Cancelled);
        var failed = await c.UntilAsync(now => now.Phase is ModelPhase.Failed or ModelPhase.Ready, "the refusal");

        Assert.Equal((ModelPhase.Failed, ExoErrorKind.Busy), (failed.Phase, failed.ErrorKind));
        Assert.Contains(a.GetPrimaryKeyString(), failed.Error);
        Assert.Contains("for weights", failed.Error);
        Assert.Equal(2, (await node.ResidentAsync()).Count);
        await first.DisposeAsync();
        await second.DisposeAsync();
        await a.UntilIdleAsync();
        await b.UntilIdleAsync();
        await ReadyAsync(c); // The next request tries again.
        await UnloadAllAsync(a, b, c);
    }

    [Fact]
    public async Task Deploy_OfTwoAtOnceWhereOneHasRoom_NeverTakesMoreThanThereIs()
    {
        var (a, b, c) = (node.NewModel(), node.NewModel(), node.NewModel());
        await using var busy = await UseAsync(a);

        await Task.WhenAll(b.DeployAsync(Small, Cancelled), c.DeployAsync(Small, Cancelled));
        var ends = await Task.WhenAll(new[] { b, c }.Select(model => model.UntilAsync(now => now.Phase is ModelPhase.Ready or ModelPhase.Failed or ModelPhase.Idle, "an end")));

        Assert.Contains(ends, end => end.Phase == ModelPhase.Ready);
        var facts = await node.Grains.GetGrain<INodeGrain>(node.Names[0]).GetFactsAsync(Cancelled);
        Assert.InRange(facts.Shards.Sum(shard => shard.WeightByteCount + shard.KvByteCount), 1, Memory);
        await busy.DisposeAsync();
        await a.UntilIdleAsync();
        await UnloadAllAsync(a, b, c);
    }

    [Fact]
    public async Task Unload_OfAModelThatAnswers_WaitsForTheAnswersEnd()
    {
        var model = node.NewModel();
        await using var answer = await UseAsync(model);

        Assert.True(await model.UnloadAsync(Cancelled));
        Assert.Contains(model.GetPrimaryKeyString(), await node.ResidentAsync());

        await answer.DisposeAsync();
        await model.UntilAsync(now => now.Phase == ModelPhase.Idle, "the unloading");
        Assert.DoesNotContain(model.GetPrimaryKeyString(), await node.ResidentAsync());
    }

    [Fact]
    public async Task KeepAlive_UnloadsWhatIsNotUsed()
    {
        var model = node.NewModel();

        await model.DeployAsync(Small with { KeepAlive = TimeSpan.FromMilliseconds(1) }, Cancelled);
        await model.UntilReadyAsync();

        await model.UntilAsync(now => now.Phase == ModelPhase.Idle, "the unloading");
        Assert.DoesNotContain(model.GetPrimaryKeyString(), await node.ResidentAsync());
    }

    private async Task<Deployment> ReadyAsync(IModelGrain model)
    {
        await model.DeployAsync(Small, Cancelled);
        return await model.UntilReadyAsync();
    }

    private async Task<AnswersUnderWay<AnswerPart>> UseAsync(IModelGrain model)
    {
        var deployment = await ReadyAsync(model);
        var request = new AnswerRequest { Model = deployment.Model, Text = "Once upon a time", MaxTokens = 1000, LogitBias = new Dictionary<int, float> { [1] = -100 }, Sampling = new() { Temperature = 0, Seed = 1 } };
        var json = System.Text.Json.JsonSerializer.Serialize(request, ExoJson.Default.AnswerRequest);
        var driver = node.Grains.GetGrain<IGenerationGrain>(GenerationKey.Of(deployment).ToString());
        return await AnswersUnderWay<AnswerPart>.BeginAsync(leaving => driver.AnswerAsync(new AnswerCall(json, []), leaving), QueuedAnswers, Cancelled);
    }

    private async Task UnloadAllAsync(params IModelGrain[] models)
    {
        foreach (var model in models) await model.UnloadAsync(Cancelled);
    }

    public sealed class OneSmallNode() : NodesFixture(1)
    {
        private readonly TempFolder _copies = new();
        private int _lastCopy;

        /// <summary>A copy of the sample model that nobody has asked for yet.</summary>
        public IModelGrain NewModel()
        {
            var copy = Path.Combine(_copies.Path, $"copy-{Interlocked.Increment(ref _lastCopy)}");
            Directory.CreateDirectory(copy);
            foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "models", "stories"))) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            return Grains.GetGrain<IModelGrain>(copy);
        }

        /// <summary>The models in memory.</summary>
        public async Task<IReadOnlyCollection<string>> ResidentAsync() =>
            [.. (await Grains.GetGrain<INodeGrain>(Names[0]).GetFactsAsync()).Shards.Select(shard => shard.Model).Distinct()];

        protected override NodeOptions Options(string node) => base.Options(node) with { MemoryByteCount = Memory };

        protected override ValueTask AfterAsync()
        {
            _copies.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
