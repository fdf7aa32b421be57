using Exo.Hub.Pulls;
using Exo.Hub.Store;
using Exo.Tests.Hub.Server;
using static Exo.Tests.Hub.HubRoom;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Hub.Store;

/// <summary>A store on a system without symbolic links, such as Windows without its developer mode: snapshots hold the files themselves.</summary>
public sealed class StoreWithoutLinksTests
{
    private const long Slack = 64 << 10;

    [Fact]
    public async Task Pull_OfOneContentUnderTwoNames_ShowsItUnderBothAndFetchesItOnce()
    {
        await using var hub = await HubServer.StartAsync();
        hub.Add(Repo, Large(), new ServedFile("copy/model.safetensors", Large().Content) { IsLfs = true }, Text("config.json"));
        using var room = new HubRoom(hub);
        using var puller = Puller(room);

        var result = await puller.Start(await puller.PlanAsync(Model)).Completion;

        Assert.All(["model.safetensors", "copy/model.safetensors"], path => Assert.Equal(Large().Content.ToArray(), Shown(result, path)));
        Assert.All(Directory.EnumerateFiles(result.SnapshotFolder, "*", SearchOption.AllDirectories), path => Assert.Null(new FileInfo(path).LinkTarget));
        Assert.InRange(hub.Ledger.BytesSent(Weights) + hub.Ledger.BytesSent(Repo + "/copy/model.safetensors"), 300_000, 300_000 + Slack);
        Assert.NotNull(room.Cache.Find(Model));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // As two processes would.
    public async Task Pull_TwiceAtOnce_FetchesOnce(bool isOthers)
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 2_000_000 });
        hub.Add(Repo, Large(2_000_000), Text("config.json"));
        using var room = new HubRoom(hub);
        using var one = Puller(room);
        using var other = Puller(room);
        var plan = await one.PlanAsync(Model);

        var both = await Task.WhenAll(one.Start(plan).Completion, (isOthers ? other : one).Start(plan).Completion);

        Assert.InRange(hub.Ledger.BytesSent(Weights), 2_000_000, 2_000_000 + Slack);
        Assert.All(both, result => Assert.Equal(Large(2_000_000).Content.ToArray(), Shown(result, "model.safetensors")));
    }

    [Fact]
    public async Task Pull_Again_AsksForNoBytes()
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);
        using (var first = Puller(room)) await first.Start(await first.PlanAsync(Model)).Completion;
        using var again = Puller(room);

        var plan = await again.PlanAsync(Model);
        await again.Start(plan).Completion;

        Assert.True(plan.IsComplete);
        Assert.Equal(300_000, hub.Ledger.BytesSent(Weights));
    }

    private static Puller Puller(HubRoom room) =>
        new(room.Options, null, new HubCache(room.Options) { MakeLink = static (_, _) => throw new IOException("A required privilege is not held by the client.") });
}
