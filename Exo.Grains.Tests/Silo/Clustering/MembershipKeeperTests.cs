using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Exo.Silo.Clustering;
using Exo.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Orleans;
using Orleans.Runtime;

namespace Exo.Grains.Tests.Silo.Clustering;

public sealed class MembershipKeeperTests : IDisposable
{
    /// <summary>Living silos listen: who makes the table anew knocks at those that another has put back already.</summary>
    private static readonly TcpListener[] Listening = [Listen(), Listen(), Listen()];

    private readonly TempFolder _folder = new();

    [Fact]
    public async Task Look_AfterTheTableWasLost_RestoresTheLivingAboveTheVersionTheyKnow()
    {
        var table = Table();
        await InsertAsync(table, Row(1, SiloStatus.Active), Row(2, SiloStatus.Active), Row(3, SiloStatus.Dead));
        const int Known = 40;
        var view = View(Known, (1, SiloStatus.Active), (2, SiloStatus.Active), (3, SiloStatus.Dead));
        using var first = Keeper(table, 1, view);
        using var second = Keeper(table, 2, view);
        await LookAsync(first, second);

        Lose();
        await LookAsync(first, second);

        var restored = await ReadAsync(table);
        Assert.Equal([Address(1), Address(2)], restored.Members.Select(row => row.Item1.SiloAddress).OrderBy(address => address.Generation));
        Assert.All(restored.Members, row => Assert.Equal(SiloStatus.Active, row.Item1.Status));
        Assert.True(restored.Version.Version > Known, $"the table's version is {restored.Version.Version}, no higher than the {Known} that the silos know, so they would pass it over");
    }

    [Fact]
    public async Task Look_AfterTheTableWasLost_RestoresWhoJoinedSinceTheLastLookToo()
    {
        var table = Table();
        using var keeper = Keeper(table, 1, View(7, (1, SiloStatus.Active), (2, SiloStatus.Active)));

        await LookAsync(keeper);

        Assert.Equal(["node-1", "node-2"], (await ReadAsync(table)).Members.Select(row => row.Item1.SiloName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Look_WhileTheTableIsThere_WritesNothing()
    {
        var table = Table();
        await InsertAsync(table, Row(1, SiloStatus.Active));
        using var keeper = Keeper(table, 1, View(1, (1, SiloStatus.Active)));
        var before = (await ReadAsync(table)).Version;

        await LookAsync(keeper, keeper);

        Assert.Equal(before, (await ReadAsync(table)).Version);
    }

    [Fact]
    public async Task Look_BeforeThisSiloHasJoined_WritesNothing()
    {
        var table = Table();
        await InsertAsync(table, Row(2, SiloStatus.Active));
        using var keeper = Keeper(table, 1, View(1, (2, SiloStatus.Active)));

        await LookAsync(keeper);

        Assert.Equal(Address(2), Assert.Single((await ReadAsync(table)).Members).Item1.SiloAddress);
    }

    [Fact]
    public async Task Look_WhileTheTableStandsStill_GoesOnWithTheNext()
    {
        var table = Substitute.For<IMembershipTable>();
        table.ReadAllAsync(Arg.Any<CancellationToken>()).Returns(_ => throw new TaskCanceledException(), _ => Task.FromException<MembershipTableData>(new TaskCanceledException()));
        using var keeper = Keeper(table, 1, View(1, (1, SiloStatus.Active)));

        await LookAsync(keeper);
        await LookAsync(keeper);

        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeper.LookAsync(stopped.Token));
    }

    public void Dispose() => _folder.Dispose();

    private void Lose()
    {
        foreach (var file in Directory.GetFiles(_folder.Path)) File.Delete(file);
    }

    private IMembershipTable Table() => new MachineMembershipTable(new MembershipFiles(_folder.Path));

    private static MembershipKeeper Keeper(IMembershipTable table, int number, IClusterMembershipService view)
    {
        var local = Substitute.For<ILocalSiloDetails>();
        local.SiloAddress.Returns(Address(number));
        return new MembershipKeeper(table, view, local, TimeProvider.System, NullLogger<MembershipKeeper>.Instance);
    }

    /// <summary>What a silo knows of the cluster, whatever the table holds.</summary>
    private static IClusterMembershipService View(long version, params (int Number, SiloStatus Status)[] members)
    {
        var view = Substitute.For<IClusterMembershipService>();
        var all = members.Select(member => new ClusterMember(Address(member.Number), member.Status, $"node-{member.Number}"));
        view.CurrentSnapshot.Returns(new ClusterMembershipSnapshot(all.ToImmutableDictionary(member => member.SiloAddress), new MembershipVersion(version)));
        return view;
    }

    /// <summary>All at once, as silos do that notice the same loss.</summary>
    private static Task LookAsync(params MembershipKeeper[] keepers) =>
        Task.WhenAll(keepers.Select(keeper => Task.Run(() => keeper.LookAsync(TestContext.Current.CancellationToken))));

    private static async Task InsertAsync(IMembershipTable table, params MembershipEntry[] rows)
    {
        foreach (var row in rows) Assert.True(await table.InsertRowAsync(row, (await ReadAsync(table)).Version.Next(), TestContext.Current.CancellationToken));
    }

    private static Task<MembershipTableData> ReadAsync(IMembershipTable table) => table.ReadAllAsync(TestContext.Current.CancellationToken);

    private static SiloAddress Address(int number) => SiloAddress.New((IPEndPoint)Listening[number - 1].LocalEndpoint, number);

    private static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private static MembershipEntry Row(int number, SiloStatus status) => new()
    {
        SiloAddress = Address(number),
        SiloName = $"node-{number}",
        HostName = "host",
        Status = status,
        StartTime = DateTime.UtcNow,
        IAmAliveTime = DateTime.UtcNow,
    };
}
