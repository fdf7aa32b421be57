using Exo.Api;
using Exo.Api.Local;
using Exo.Engine.Models;
using Exo.Engine.Placement;
using Exo.Tests.Hub;

namespace Exo.Tests.Api.Local;

/// <summary>Models coming and going in a service, on copies of the sample model and by a clock of the test's.</summary>
public sealed class ResidentModelsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private const int Context = 32;

    private readonly ManualTime _time = new();
    private readonly TempFolder _folder = new();

    public ResidentModelsTests()
    {
        foreach (var name in (string[])["a", "b", "c"])
        {
            Directory.CreateDirectory(_folder.File(name));
            foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "models", "stories"))) File.Copy(file, Path.Combine(_folder.File(name), Path.GetFileName(file)));
        }
    }

    /// <summary>Bytes of one of the models in memory.</summary>
    private long WeightByteCount => ModelCost.Of(ModelFiles.Open(_folder.File("a"))).WeightByteCount;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task KeepAlive_Over_UnloadsTheModel()
    {
        await using var service = Service(new ResidencyOptions { KeepAlive = TimeSpan.FromMinutes(5) });
        await AnswerAsync(service, "a");
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromMinutes(5), Assert.Single(await Loaded(service)).ExpiresAt);

        _time.Advance(TimeSpan.FromMinutes(4));
        await AnswerAsync(service, "a");
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.Single(await Loaded(service));
        await using var models = new LoadedWatch(service);
        _time.Advance(TimeSpan.FromMinutes(1));

        await models.UntilAsync(loaded => loaded.Count == 0, "the model is unloaded");
        Assert.Empty(await Loaded(service));
    }

    [Fact]
    public async Task KeepAlive_Zero_UnloadsWithTheLastAnswer()
    {
        await using var service = Service(new ResidencyOptions { KeepAlive = TimeSpan.Zero });
        await using var models = new LoadedWatch(service);
        var first = await BeginAsync(service, "a");
        await AnswerAsync(service, "a");
        Assert.Single(await Loaded(service));

        await first.DisposeAsync();
        _time.Advance(TimeSpan.Zero);

        await models.UntilAsync(loaded => loaded.Count == 0, "the model is unloaded");
    }

    [Fact]
    public async Task KeepAlive_Negative_KeepsTheModel()
    {
        await using var service = Service(new ResidencyOptions());
        await AnswerAsync(service, "a");
        _time.Advance(TimeSpan.FromDays(30));

        Assert.Null(Assert.Single(await Loaded(service)).ExpiresAt);
    }

    [Fact]
    public async Task Load_ThenAnswerWithKeepAliveZero_LoadsOnce()
    {
        await using var service = Service(new ResidencyOptions { KeepAlive = TimeSpan.Zero });
        DateTimeOffset loadedAt = default;
        await foreach (var progress in service.LoadAsync(new LoadRequest { Model = _folder.File("a"), ContextLength = Context }, TestContext.Current.CancellationToken))
            loadedAt = progress.Model?.LoadedAt ?? loadedAt;
        _time.Advance(TimeSpan.FromSeconds(5));

        await using var answer = await BeginAsync(service, "a");

        Assert.Equal(loadedAt, Assert.Single(await Loaded(service)).LoadedAt);
    }

    [Fact]
    public async Task MemoryLimit_Reached_UnloadsTheLongestUnused()
    {
        await using var service = Service(new ResidencyOptions { MemoryByteCount = WeightByteCount * 5 / 2 });
        foreach (var model in (string[])["a", "b", "a", "c"])
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await AnswerAsync(service, model);
        }

        Assert.Equal([_folder.File("a"), _folder.File("c")], (await Loaded(service)).Select(model => model.Path).Order());
    }

    [Fact]
    public async Task MemoryLimit_ReachedByModelsInUse_RefusesAndLeavesThemAlone()
    {
        await using var service = Service(new ResidencyOptions { MemoryByteCount = WeightByteCount * 5 / 2 });
        await using var a = await BeginAsync(service, "a");
        await using var b = await BeginAsync(service, "b");

        var refused = await Assert.ThrowsAsync<ExoException>(() => AnswerAsync(service, "c"));

        Assert.Equal(ExoErrorKind.Busy, refused.Kind);
        Assert.Contains("MiB", refused.Message);
        Assert.True(await a.MoveNextAsync());
        Assert.True(await b.MoveNextAsync());
    }

    [Fact]
    public async Task MemoryLimit_OfLessThanIsStored_LetsInWhatIsPackedIntoLess()
    {
        var stored = ModelFiles.Open(_folder.File("a")).Describe().ByteCount;
        await using var service = Service(new ResidencyOptions { MemoryByteCount = stored * 9 / 10 });

        await service.LoadAsync(new LoadRequest { Model = _folder.File("a"), ContextLength = Context }, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(WeightByteCount, Assert.Single(await Loaded(service)).ByteCount);
    }

    [Fact]
    public async Task MemoryLimit_SmallerThanTheModel_RefusesWithTheSums()
    {
        await using var service = Service(new ResidencyOptions { MemoryByteCount = WeightByteCount / 2 });

        var refused = await Assert.ThrowsAsync<ExoException>(() => AnswerAsync(service, "a"));

        Assert.Equal(ExoErrorKind.OutOfMemory, refused.Kind);
        Assert.Contains("--memory-limit", refused.Message);
    }

    [Fact]
    public async Task Unload_WhileAnAnswerRuns_WaitsForItsEnd()
    {
        await using var service = Service(new ResidencyOptions());
        var answer = await BeginAsync(service, "a");

        var unloading = service.UnloadAsync(_folder.File("a"), TestContext.Current.CancellationToken);
        Assert.False(unloading.IsCompleted);
        var tokens = 0;
        while (await answer.MoveNextAsync()) tokens += answer.Current.Tokens.Count;
        await answer.DisposeAsync();

        Assert.True(tokens > 0);
        Assert.True(await unloading.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Empty(await Loaded(service));
    }

    private LocalExoService Service(ResidencyOptions options) => new(residency: options, timeProvider: _time);

    private static Task<IReadOnlyList<LoadedModelInfo>> Loaded(LocalExoService service) => service.ListLoadedAsync(TestContext.Current.CancellationToken);

    private AnswerRequest Request(string model) => new() { Model = _folder.File(model), Text = "Once", MaxTokens = 8, ContextLength = Context, Sampling = new() { Seed = 1 } };

    private async Task AnswerAsync(LocalExoService service, string model)
    {
        await foreach (var _ in service.AnswerAsync(Request(model), TestContext.Current.CancellationToken))
        {
            // To its end.
        }
    }

    /// <summary>An answer that has begun.</summary>
    private async Task<IAsyncEnumerator<AnswerEvent>> BeginAsync(LocalExoService service, string model)
    {
        var answer = service.AnswerAsync(Request(model), TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await answer.MoveNextAsync());
        return answer;
    }

    /// <summary>Waits for what a service tells of its loaded models.</summary>
    private sealed class LoadedWatch : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly IAsyncEnumerator<Exo.Api.Events.NumberedEvent> _events;
        private Task<bool> _next;

        public LoadedWatch(LocalExoService service)
        {
            _events = service.Events.WatchAsync(null, _end.Token).GetAsyncEnumerator(_end.Token);
            _next = _events.MoveNextAsync().AsTask();
        }

        public async Task UntilAsync(Func<IReadOnlyList<LoadedModelInfo>, bool> isSo, string what)
        {
            try
            {
                while (await _next.WaitAsync(Patience))
                {
                    var models = _events.Current.Event.Models;
                    if (models is not null && isSo(models)) return;
                    _next = _events.MoveNextAsync().AsTask();
                }
            }
            catch (TimeoutException)
            {
                Assert.Fail($"within {Patience} it never came that {what}");
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _events.DisposeAsync();
            _end.Dispose();
        }
    }
}
