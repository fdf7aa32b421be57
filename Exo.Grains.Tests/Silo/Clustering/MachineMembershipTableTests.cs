using System.Net;
using System.Net.Sockets;
using Exo.Silo.Clustering;
using Exo.Tests;
using Orleans;
using Orleans.Runtime;

namespace Exo.Grains.Tests.Silo.Clustering;

public sealed class MachineMembershipTableTests : IDisposable
{
    private static readonly DateTime Noon = new(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    private readonly TempFolder _folder = new();

    [Fact]
    public async Task InsertRow_ThenRead_GivesBackEveryField()
    {
        IMembershipTable table = Table();
        await table.InitializeMembershipTableAsync(true, TestContext.Current.CancellationToken);
        var entry = Entry(1, SiloStatus.Joining);
        entry.AddSuspector(Address(2), Noon);

        Assert.True(await table.InsertRowAsync(entry, (await ReadAsync(table)).Version.Next(), TestContext.Current.CancellationToken));

        var row = Assert.Single((await ReadAsync(table)).Members).Item1;
        Assert.Equal(
            (entry.SiloAddress, entry.SiloName, entry.HostName, entry.Status, entry.ProxyPort, entry.StartTime, entry.IAmAliveTime),
            (row.SiloAddress, row.SiloName, row.HostName, row.Status, row.ProxyPort, row.StartTime, row.IAmAliveTime));
        Assert.Equal(entry.SuspectTimes, row.SuspectTimes);
    }

    [Fact]
    public async Task InsertRow_OfASiloThatIsThere_IsRefused()
    {
        IMembershipTable table = Table();
        await table.InsertRowAsync(Entry(1, SiloStatus.Joining), (await ReadAsync(table)).Version.Next(), TestContext.Current.CancellationToken);

        Assert.False(await table.InsertRowAsync(Entry(1, SiloStatus.Active), (await ReadAsync(table)).Version.Next(), TestContext.Current.CancellationToken));
        Assert.Equal(SiloStatus.Joining, Assert.Single((await ReadAsync(table)).Members).Item1.Status);
    }

    [Fact]
    public async Task UpdateRow_AfterAnotherHasWritten_IsRefused()
    {
        IMembershipTable table = Table();
        await table.InsertRowAsync(Entry(1, SiloStatus.Joining), (await ReadAsync(table)).Version.Next(), TestContext.Current.CancellationToken);
        var seen = await ReadAsync(table);
        Assert.True(await Table().UpdateRow(Entry(1, SiloStatus.Active), seen.Members[0].Item2, seen.Version.Next()));

        Assert.False(await table.UpdateRowAsync(Entry(1, SiloStatus.Dead), seen.Members[0].Item2, seen.Version.Next(), TestContext.Current.CancellationToken));
        Assert.Equal(SiloStatus.Active, Assert.Single((await ReadAsync(table)).Members).Item1.Status);
    }

    [Fact]
    public async Task InsertRow_ManyAtOnce_EveryVersionHasOneWriterAndNoRowIsLost()
    {
        const int Writers = 16;
        // Each writer is a process of its own to the others: it shares nothing but the folder.
        await Task.WhenAll(Enumerable.Range(1, Writers).Select(number => Task.Run(async () =>
        {
            IMembershipTable table = Table();
            while (!await table.InsertRowAsync(Entry(number, SiloStatus.Active), (await ReadAsync(table)).Version.Next(), TestContext.Current.CancellationToken))
            {
                // Another was first; the protocol reads again and tries again.
            }
        })));

        var all = await ReadAsync(Table());
        Assert.Equal(Writers, all.Version.Version);
        Assert.Equal(Writers, all.Members.Select(member => member.Item1.SiloAddress).Distinct().Count());
    }

    [Fact]
    public void TryWrite_ByOneWhoSleptThroughManyVersions_CountsForNothing()
    {
        var files = new MembershipFiles(_folder.Path);
        for (var version = 1; version <= 200; version++) Assert.True(files.TryWrite(version, []));

        Assert.False(files.TryWrite(5, [MembershipRow.Of(Entry(1, SiloStatus.Active))]));

        Assert.Equal(200, files.Read().Version);
        Assert.Empty(files.Read().Rows);
        Assert.InRange(Directory.GetFiles(_folder.Path).Length, 1, 100);
    }

    [Fact]
    public async Task UpdateIAmAlive_ShowsInTheRow()
    {
        IMembershipTable table = Table();
        await table.InsertRowAsync(Entry(1, SiloStatus.Active), (await ReadAsync(table)).Version.Next(), TestContext.Current.CancellationToken);
        var later = Entry(1, SiloStatus.Active);
        later.IAmAliveTime = Noon.AddHours(1);
        var version = (await ReadAsync(table)).Version;

        await table.UpdateIAmAliveAsync(later, TestContext.Current.CancellationToken);

        var row = (await table.ReadRowAsync(later.SiloAddress, TestContext.Current.CancellationToken)).Members.Single().Item1;
        Assert.Equal(later.IAmAliveTime, row.IAmAliveTime);
        Assert.Equal(version, (await ReadAsync(table)).Version);
    }

    [Fact]
    public async Task CleanupDefunctSiloEntries_TakesTheLongDeadOnly()
    {
        IMembershipTable table = Table();
        foreach (var entry in new[] { Entry(1, SiloStatus.Dead), Entry(2, SiloStatus.Active), Entry(3, SiloStatus.Dead, Noon.AddDays(2)) })
            await table.InsertRowAsync(entry, (await ReadAsync(table)).Version.Next(), TestContext.Current.CancellationToken);

        await table.CleanupDefunctSiloEntriesAsync(Noon.AddDays(1), TestContext.Current.CancellationToken);

        Assert.Equal([Address(2), Address(3)], (await ReadAsync(table)).Members.Select(member => member.Item1.SiloAddress).OrderBy(address => address.Endpoint.Port));
    }

    [Fact]
    public async Task Initialize_OverRowsOfEndedProcesses_MarksThemDeadAndLeavesTheOthers()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var alive = Entry(1, SiloStatus.Active);
        alive.SiloAddress = SiloAddress.New((IPEndPoint)listener.LocalEndpoint, 1);
        var gone = Entry(2, SiloStatus.Active);
        gone.SiloAddress = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, Processes.FreePort.Next()), 1);
        IMembershipTable table = Table();
        foreach (var entry in new[] { alive, gone }) await table.InsertRowAsync(entry, (await ReadAsync(table)).Version.Next(), TestContext.Current.CancellationToken);

        await Table().InitializeMembershipTable(true);

        var rows = (await ReadAsync(table)).Members.ToDictionary(member => member.Item1.SiloAddress, member => member.Item1.Status);
        Assert.Equal((SiloStatus.Active, SiloStatus.Dead), (rows[alive.SiloAddress], rows[gone.SiloAddress]));
    }

    public void Dispose() => _folder.Dispose();

    private MachineMembershipTable Table() => new(new MembershipFiles(_folder.Path));

    private static Task<MembershipTableData> ReadAsync(IMembershipTable table) => table.ReadAllAsync(TestContext.Current.CancellationToken);

    private static SiloAddress Address(int number) => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1000 + number), number);

    private static MembershipEntry Entry(int number, SiloStatus status, DateTime? time = null) => new()
    {
        SiloAddress = Address(number),
        SiloName = $"node-{number}",
        HostName = "host",
        Status = status,
        ProxyPort = 5,
        StartTime = time ?? Noon,
        IAmAliveTime = time ?? Noon,
    };
}
