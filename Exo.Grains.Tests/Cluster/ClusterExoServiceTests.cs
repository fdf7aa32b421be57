using Exo.Api;
using Exo.Grains.Models;
using Exo.Grains.Tests.Generation;
using Exo.Grains.Tests.Losses.Scenarios;
using Exo.Grains.Tests.Models;

namespace Exo.Grains.Tests.Cluster;

/// <summary>The service contract over two nodes, neither of which mirrors what it has.</summary>
public sealed class ClusterExoServiceTests(ClusterExoServiceTests.TwoNodes nodes) : IClassFixture<ClusterExoServiceTests.TwoNodes>
{
    private const string Sample = "stories";

    private const int QueuedAnswers = 64;

    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private IExoService Service => nodes.Of<IExoService>(nodes.Names[0]);

    [Fact]
    public async Task Answer_OfAModelThatNoNodeHas_IsRefused_AndFetchesNothing()
    {
        nodes.Weights.Open();
        var name = nodes.NewModel();

        var refused = await Assert.ThrowsAsync<ExoException>(() => AskAsync(name));

        Assert.Equal(ExoErrorKind.ModelNotPulled, refused.Kind);
        Assert.Equal(ModelPhase.Idle, (await nodes.Grains.GetGrain<IModelGrain>(name).GetAsync(Cancelled)).Phase);
        Assert.DoesNotContain(nodes.Hub.Ledger.Requests, request => request.Target.Contains(name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answer_OfAModelThatANodeHas_IsGiven_LoadedOrNot()
    {
        nodes.Weights.Open();
        var name = nodes.NewModel();
        await LoadAsync(name);
        Assert.NotEmpty(await AskAsync(name));

        Assert.True(await Service.UnloadAsync(name, Cancelled));

        Assert.NotEmpty(await AskAsync(name));
        await Service.UnloadAsync(name, Cancelled);
    }

    [Fact]
    public async Task Load_ByAnotherSpellingOfItsName_IsTheSameModel()
    {
        nodes.Weights.Open();
        var name = nodes.NewModel();
        await LoadAsync(name);

        await LoadAsync($"{name}@main");

        Assert.Equal(name, Assert.Single(await Service.ListLoadedAsync(Cancelled), model => model.Name.StartsWith(name, StringComparison.Ordinal)).Name);
        Assert.True(await Service.UnloadAsync($"{name}@main", Cancelled));
        Assert.DoesNotContain(await Service.ListLoadedAsync(Cancelled), model => model.Name == name);
    }

    [Fact]
    public async Task State_WithAModelWhoseFilesThisNodeCantRead_ShowsWhatItsNodesTell()
    {
        nodes.Weights.Open();
        var (has, asked) = (nodes.Names.Order(StringComparer.Ordinal).First(), nodes.Names.Order(StringComparer.Ordinal).Last());
        var model = await nodes.NewModelOnAsync(has);
        await model.DeployAsync(new DeployOptions { ShardCount = 1, ContextLength = 256 }, Cancelled);
        await model.UntilReadyAsync();
        nodes.Weights.ShutAfter(0);

        var state = await nodes.Of<IExoService>(asked).GetStateAsync(Cancelled);

        var shown = Assert.Single(state.Models, loaded => loaded.Name == model.GetPrimaryKeyString());
        Assert.Equal(($"on {has}", 256), (shown.Path, shown.ContextLength));
        Assert.True(shown.ByteCount > 0);
        nodes.Weights.Open();
        await model.UnloadAsync(Cancelled);
    }

    [Fact]
    public async Task State_WhileAnswersAreWritten_TellsTheirKeysAndValues_WhichTheIdleCheckSees()
    {
        await LoadAsync(Sample);
        var endless = new AnswerRequest { Model = Sample, Text = "Once upon a time", MaxTokens = 400 };
        await using (await AnswersUnderWay<AnswerEvent>.BeginAsync(leaving => Service.AnswerAsync(endless, leaving), QueuedAnswers, Cancelled))
        {
            var state = await Service.GetStateAsync(Cancelled);

            var model = Assert.Single(state.Models, loaded => loaded.Name == Sample);
            Assert.InRange(model.KvUsedByteCount, 1, model.KvByteCount);
            Assert.Contains("keys and values", IdleCheck.Wrong(state with { Models = [model with { ActiveCount = 0 }] }), StringComparison.Ordinal);
        }

        await IdleCheck.HoldAsync(Service, Cancelled);
    }

    [Fact]
    public async Task Place_WithSequences_MakesRoomForAllOfThem()
    {
        var one = await Service.PlaceAsync(new PlaceRequest { Model = Sample, ContextLength = 256 }, Cancelled);
        var four = await Service.PlaceAsync(new PlaceRequest { Model = Sample, ContextLength = 256, Sequences = 4 }, Cancelled);

        Assert.Equal((1, 4), (one.Sequences, four.Sequences));
        Assert.Equal(4 * one.KvByteCount, four.KvByteCount);
    }

    [Fact]
    public async Task Request_ThatNoMachineCouldServe_IsRefusedInWords()
    {
        await Service.UnloadAsync(Sample, Cancelled);
        Func<Task>[] all =
        [
            () => LoadAsync(new LoadRequest { Model = Sample, ContextLength = 0 }),
            () => LoadAsync(new LoadRequest { Model = Sample, Threads = 1_000_000 }),
            () => ChainFixture.AllAsync(Service.AnswerAsync(new AnswerRequest { Model = Sample, Text = "A", ContextLength = -1 }, Cancelled)),
            () => ChainFixture.AllAsync(Service.AnswerAsync(new AnswerRequest { Model = Sample, Text = "A", Threads = 1_000_000 }, Cancelled)),
            () => Service.PlaceAsync(new PlaceRequest { Model = Sample, ContextLength = 0 }, Cancelled),
            () => Service.PlaceAsync(new PlaceRequest { Model = Sample, Sequences = 0 }, Cancelled),
        ];

        foreach (var ask in all) Assert.Equal(ExoErrorKind.BadRequest, (await Assert.ThrowsAsync<ExoException>(ask)).Kind);
    }

    private Task<List<AnswerEvent>> AskAsync(string name) => ChainFixture.AllAsync(Service.AnswerAsync(new AnswerRequest { Model = name, Text = "Once", MaxTokens = 2 }, Cancelled));

    private Task LoadAsync(string name) => LoadAsync(new LoadRequest { Model = name });

    private async Task LoadAsync(LoadRequest request)
    {
        await foreach (var _ in Service.LoadAsync(request, Cancelled))
        {
            // Until it is ready.
        }
    }

    public sealed class TwoNodes() : HubNodes(2)
    {
        protected override Exo.Grains.Hosting.NodeOptions Options(string node) => base.Options(node) with { Mirror = null };
    }
}
