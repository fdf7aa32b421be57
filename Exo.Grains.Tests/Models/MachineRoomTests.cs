using System.Collections.Immutable;
using Exo.Api;
using Exo.Api.Local;
using Exo.Engine.Models;
using Exo.Engine.Placement;
using Exo.Grains.Hosting;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Grains.Shards;
using Exo.Grains.Tests.Nodes;

namespace Exo.Grains.Tests.Models;

/// <summary>Several nodes on one machine, as a newcomer starts them: its memory is there once.</summary>
public sealed class MachineRoomTests(MachineRoomTests.TwoOnOneMachine nodes) : IClassFixture<MachineRoomTests.TwoOnOneMachine>
{
    /// <summary>The sample model takes 11 MiB and is planned with 17, buffers and margin included: one finds room in this, a second doesn't.</summary>
    private const long Memory = 22L << 20;

    private static readonly DeployOptions Small = new() { ContextLength = 1024, MaxSequences = 1 };

    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void Beside_TakesOffWhatNeighboursHavePromised_AndNothingOfOtherMachines()
    {
        var rooms = RoomsOf(MachineRoom.Beside([Node("a", "one", 700, promised: 300), Node("b", "one", 1000, promised: 0), Node("c", "other", 1000, promised: 0), Node("d", null, 1000, promised: 900)]));

        Assert.Equal([700, 700, 1000, 1000], rooms);
    }

    [Fact]
    public void Beside_WithALimitOfTheOperators_GivesTheLesser() =>
        Assert.Equal([200, 600], RoomsOf(MachineRoom.Beside([Node("a", "one", 200, promised: 300), Node("b", "one", 1000, promised: 100)])));

    [Theory]
    [InlineData(1000, 1000, 1000, 333, 333, 334)]
    [InlineData(1000, 100, 1000, 450, 100, 450)] // What the second may not take, the others may.
    [InlineData(10, 20, 30, 10, 20, 30)]
    public void Divided_GivesEachItsPart_InAllWhatThereIs(long a, long b, long c, long expectedA, long expectedB, long expectedC) =>
        Assert.Equal([expectedA, expectedB, expectedC], RoomsOf(MachineRoom.Divided([Node("a", "one", a, promised: 0), Node("b", "one", b, promised: 0), Node("c", "one", c, promised: 0)])));

    [Fact]
    public void Lack_CountsTheMachinesWholeRoom_AndWhatTheModelHasThere()
    {
        ImmutableArray<NodeFacts> nodes = [Node("a", "one", 1000, promised: 300) with { Shards = [Shard("mine", 300)] }, Node("b", "one", 1000, promised: 400) with { Shards = [Shard("theirs", 400)] }];

        Assert.Null(MachineRoom.Lack(Deployment("mine", ("a", 300), ("b", 300)), nodes));
        Assert.Contains("nodes a, b", MachineRoom.Lack(Deployment("mine", ("a", 300), ("b", 301)), nodes));
        Assert.Null(MachineRoom.Lack(Deployment("mine", ("a", 601)), [Node("a", "one", 1000, promised: 700) with { Shards = [Shard("theirs", 700)] }])); // Alone it holds to its own promises.
    }

    [Fact]
    public void Without_GivesMachinesBackWhatShowed_AndItsNodeWhatWasPromised()
    {
        ImmutableArray<NodeFacts> nodes =
        [
            Node("a", "one", 700, promised: 300) with { Shards = [Shard("leaves", 400, unseen: 100), Shard("stays", 200)] },
            Node("b", "one", 250, promised: 0) with { Devices = [FixedMeter.Facts(250) with { AllowedByteCount = 250, Shared = new MachineMemory("one", 1000) }] },
            Node("c", null, 100, promised: 0) with { Shards = [Shard("leaves", 30, unseen: 10)] },
        ];

        var after = MachineRoom.Without(nodes, new HashSet<string> { "leaves" });

        Assert.Equal([1100, 250, 130], RoomsOf(after)); // The second may take no more than its operator allows.
        Assert.Equal([200, 0, -10], after.Select(node => node.Devices[0].UnseenByteCount));
        Assert.Equal([1300, 1300], after.Take(2).Select(node => node.Devices[0].Shared!.FreeByteCount));
        Assert.Equal("stays", Assert.Single(after.SelectMany(node => node.Shards)).Model);
    }

    [Theory]
    [InlineData("one", "one", false)]
    [InlineData("one", "other", true)]
    [InlineData(null, null, true)]
    public void Make_OfAModelThatNoNodeHasRoomFor_UsesAMachinesMemoryOnce(string? first, string? second, bool fits)
    {
        var cost = Quantizations.CostOf(ModelFiles.Open(Path.Combine(AppContext.BaseDirectory, "models", "stories")), null);
        const long Free = 14L << 20;
        var input = new PlacingInput { Model = "stories", Commit = null, Cost = cost, Options = Small, Nodes = [Node("a", first, Free, promised: 0, machineFree: Free), Node("b", second, Free, promised: 0, machineFree: Free)] };

        Assert.Equal(fits, Placing.Make(input).Refusal is null);
    }

    /// <summary>One model's weights come while another is loaded beside it: the node that the first is to be loaded on doesn't see that itself.</summary>
    [Fact]
    public async Task Deploy_OfAModelWhoseRoomWasTakenOnANeighbour_MakesRoomFirst()
    {
        nodes.Weights.ShutAfter(1);
        var slow = nodes.Grains.GetGrain<IModelGrain>(nodes.NewModel());
        await slow.DeployAsync(Small, Cancelled);
        await slow.UntilAsync(now => now.Phase == ModelPhase.Fetching, "the fetch");
        var other = nodes.Grains.GetGrain<IModelGrain>("stories");
        await other.DeployAsync(Small with { ShardCount = 2, MaxSequences = 3 }, Cancelled); // Most of it keys and values, which nobody wrote: packed weights the meter, which stands still, would have to show.
        await other.UntilReadyAsync();

        nodes.Weights.Open();
        await slow.UntilReadyAsync();

        var facts = await Task.WhenAll(nodes.Names.Select(nodes.FactsAsync));
        Assert.InRange(facts.SelectMany(node => node.Shards).Sum(shard => shard.ByteCount), 1, Memory);
        Assert.Equal(ModelPhase.Idle, (await other.GetAsync(Cancelled)).Phase);
        await slow.UnloadAsync(Cancelled);
    }

    private static IEnumerable<long> RoomsOf(ImmutableArray<NodeFacts> nodes) => nodes.Select(node => node.Devices[0].FreeByteCount);

    private static NodeFacts Node(string name, string? machine, long free, long promised, long machineFree = 1000) => new()
    {
        Name = name,
        Devices = [FixedMeter.Facts(free) with { UnseenByteCount = promised, Shared = machine is null ? null : new MachineMemory(machine, machineFree) }],
        Version = "1",
    };

    private static ShardState Shard(string model, long bytes, long? unseen = null) =>
        new() { Model = model, Epoch = 1, FirstLayer = 0, EndLayer = 1, Device = "cpu", Phase = ShardPhase.Ready, WeightByteCount = bytes, KvByteCount = 0, UnseenByteCount = unseen ?? bytes };

    private static Deployment Deployment(string model, params (string Node, long ByteCount)[] shards) => new()
    {
        Model = model,
        Epoch = 2,
        ContextLength = 256,
        MaxSequences = 1,
        KvBlockCount = 1,
        Shards = [.. shards.Select((shard, i) => new ShardPlace(shard.Node, "cpu", i, i + 1, 0, shard.ByteCount))],
    };

    public sealed class TwoOnOneMachine() : HubNodes(2)
    {
        protected override void Configure(ISiloBuilder silo, string node) => new FixedMeter(Memory, "one").Register(silo.Services);
    }
}
