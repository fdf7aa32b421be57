using Exo.Api;
using Exo.Grains.Models;

namespace Exo.Grains.Tests.Models;

/// <summary>Loads of a model that is deployed already, in the same or in another way.</summary>
public sealed class LoadTests(LoadTests.TwoNodes nodes) : IClassFixture<LoadTests.TwoNodes>
{
    /// <summary>Eight run at a time, some hundred tokens each: no machine is through with them before the test has looked.</summary>
    private const int QueuedAnswers = 96;

    private const string Sample = "stories";

    private IExoService Service => nodes.Of<IExoService>(nodes.Names[0]);

    private IModelGrain Model => nodes.Grains.GetGrain<IModelGrain>(Sample);

    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Load_InAnotherWay_DeploysTheModelAnew_AndAlikeLeavesIt()
    {
        var first = await LoadAsync(new LoadRequest { Model = Sample, ContextLength = 256 });

        var longer = await LoadAsync(new LoadRequest { Model = Sample, ContextLength = 512, Threads = 1 });
        var alike = await LoadAsync(new LoadRequest { Model = Sample, ContextLength = 512 });
        var any = await LoadAsync(new LoadRequest { Model = Sample });
        var split = await LoadAsync(new LoadRequest { Model = Sample, ContextLength = 512, ShardCount = 2 });

        Assert.Equal([256, 512, 512, 512, 512], new[] { first, longer, alike, any, split }.Select(info => info.ContextLength));
        Assert.True(longer.LoadedAt > first.LoadedAt);
        Assert.Equal([longer.LoadedAt, longer.LoadedAt], [alike.LoadedAt, any.LoadedAt]);
        Assert.Equal(2, split.Shards.Count);
    }

    [Fact]
    public async Task Load_InAnotherWayWhileItAnswers_IsRefusedAsBusy()
    {
        await LoadAsync(new LoadRequest { Model = Sample, ContextLength = 256 });
        var endless = new AnswerRequest { Model = Sample, Text = "Once upon a time", LogitBias = new Dictionary<int, float> { [1] = -100 }, Sampling = new() { Temperature = 0 } };
        await using var running = await AnswersUnderWay<AnswerEvent>.BeginAsync(leaving => Service.AnswerAsync(endless, leaving), QueuedAnswers, Cancelled);

        var refused = await Assert.ThrowsAsync<ExoException>(() => LoadAsync(new LoadRequest { Model = Sample, ContextLength = 512 }));

        Assert.Equal(ExoErrorKind.Busy, refused.Kind);
        Assert.Contains("a context of 256 tokens", refused.Message);
        Assert.Equal(256, (await LoadAsync(new LoadRequest { Model = Sample })).ContextLength);
        await running.DisposeAsync();
        await Model.UntilIdleAsync();
    }

    [Fact]
    public async Task Load_InAWayThatIsNotToBeHad_LeavesTheModelAsItIs()
    {
        var before = await LoadAsync(new LoadRequest { Model = Sample, ContextLength = 256 });

        var refused = await Assert.ThrowsAsync<ExoException>(() => LoadAsync(new LoadRequest { Model = Sample, ContextLength = 1 << 20 }));

        Assert.Equal(ExoErrorKind.BadRequest, refused.Kind);
        Assert.Equal(before.LoadedAt, (await LoadAsync(new LoadRequest { Model = Sample })).LoadedAt);
    }

    private async Task<LoadedModelInfo> LoadAsync(LoadRequest request) => (await LastAsync(Service.LoadAsync(request, Cancelled))).Model!;

    private static async Task<LoadProgress> LastAsync(IAsyncEnumerable<LoadProgress> load)
    {
        LoadProgress? last = null;
        await foreach (var progress in load) last = progress;
        return last!;
    }

    public sealed class TwoNodes() : NodesFixture(2);
}
