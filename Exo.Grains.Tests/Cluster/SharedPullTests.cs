using Exo.Api;
using Exo.Grains.Hosting;
using Exo.Grains.Models;
using Exo.Grains.Tests.Models;
using Exo.Grains.Tests.Nodes;
using Exo.Tests.Hub.Server;

namespace Exo.Grains.Tests.Cluster;

/// <summary>A pull that several people watch, each at a node of their own.</summary>
public sealed class SharedPullTests(SharedPullTests.ThreeNodes nodes) : IClassFixture<SharedPullTests.ThreeNodes>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pull_ThatOneOfTwoLeaves_GoesOnForTheOther()
    {
        var (model, one, other) = await PullByTwoAsync();

        await one.LeaveAsync();
        Assert.Equal(ModelPhase.Fetching, (await model.GetAsync(Cancelled)).Phase);
        nodes.Weights.Open();

        var last = await other.Reading.WaitAsync(Patience, Cancelled);
        Assert.Equal(PullPhase.Done, last.Phase);
        Assert.Equal(nodes.FileByteCount, last.DoneByteCount);
    }

    [Fact]
    public async Task Pull_ThatTheLastOneLeaves_IsCancelled()
    {
        var (model, one, other) = await PullByTwoAsync();

        await one.LeaveAsync();
        await other.LeaveAsync();

        var now = await model.GetAsync(Cancelled);
        Assert.Equal((ModelPhase.Idle, WorkOutcome.Cancelled), (now.Phase, now.End?.Outcome));
        nodes.Weights.Open();
    }

    [Fact]
    public async Task Pull_ThatIsCancelled_SaysSoToAllWhoWatch()
    {
        var (model, one, other) = await PullByTwoAsync();

        await model.CancelPullAsync(Cancelled);

        foreach (var reader in (Reader[])[one, other])
        {
            var told = await Assert.ThrowsAsync<ExoException>(() => reader.Reading.WaitAsync(Patience, Cancelled));
            Assert.Contains("cancelled", told.Message, StringComparison.Ordinal);
        }

        nodes.Weights.Open();
    }

    [Fact]
    public async Task Pull_WhoseOnlyReaderIsCutOffByALeavingNode_GoesOn()
    {
        nodes.Weights.ShutAfter(3);
        var name = nodes.NewModel();
        var leaving = nodes.Names[2];
        var reader = new Reader(nodes.Of<IExoService>(leaving), name);
        await SilenceAsync(name);

        nodes.Of<Departure>(leaving).Begin();
        await reader.LeaveAsync();

        var model = nodes.Grains.GetGrain<IModelGrain>(name);
        Assert.Equal(ModelPhase.Fetching, (await model.GetAsync(Cancelled)).Phase);
        nodes.Weights.Open();
        await model.UntilAsync(now => now is { Phase: ModelPhase.Idle, End.Outcome: WorkOutcome.Done }, "the pull's end");
    }

    /// <summary>Begins one pull at two nodes and returns when the hub has left it without an answer in the middle.</summary>
    private async Task<(IModelGrain Model, Reader One, Reader Other)> PullByTwoAsync()
    {
        nodes.Weights.ShutAfter(3);
        var name = nodes.NewModel();
        var readers = nodes.Names.Take(2).Select(node => new Reader(nodes.Of<IExoService>(node), name)).ToArray();
        foreach (var reader in readers) await reader.Joined.WaitAsync(Patience, Cancelled);
        await SilenceAsync(name);
        return (nodes.Grains.GetGrain<IModelGrain>(name), readers[0], readers[1]);
    }

    private Task SilenceAsync(string name) => nodes.Hub.Ledger.WhenAsync(1, request => request.Fault == Fault.Silence && request.File == $"{name}/model.safetensors");

    /// <summary>One who watches.</summary>
    private sealed class Reader
    {
        private readonly CancellationTokenSource _leaving = new();
        private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Reader(IExoService service, string model) => Reading = Task.Run(() => ReadAsync(service, model));

        /// <summary>The first snapshot has come.</summary>
        public Task Joined => _joined.Task;

        /// <summary>Gives the last snapshot.</summary>
        public Task<PullProgress> Reading { get; }

        public async Task LeaveAsync()
        {
            await _leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Reading.WaitAsync(Patience));
        }

        private async Task<PullProgress> ReadAsync(IExoService service, string model)
        {
            PullProgress? last = null;
            await foreach (var next in service.PullAsync(new PullRequest { Model = model }, _leaving.Token))
            {
                last = next;
                _joined.TrySetResult();
            }

            return last!;
        }
    }

    public sealed class ThreeNodes() : HubNodes(3)
    {
        /// <summary>Bytes of all of the model's files.</summary>
        public long FileByteCount => Files.Sum(file => file.ByteCount);

        /// <summary>Nodes alike: none of them would share the model with another, as what is measured on a busy machine may have them do.</summary>
        protected override void Configure(ISiloBuilder silo, string node) => new FixedMeter(1L << 30).Register(silo.Services);
    }
}
