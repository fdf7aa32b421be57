using Exo.Tests.Hub.Server;
using static Exo.Tests.Hub.HubRoom;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Hub.Pulls;

/// <summary>A pull finds out how many connections the line and the server are good for, unless it was told.</summary>
public sealed class TuningTests
{
    [Theory]
    [InlineData(2, 4)]
    [InlineData(8, 8)]
    public async Task Pull_WhereEachConnectionIsCapped_OpensMoreUnlessTold(int start, int expected)
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 400_000 });
        hub.Add(Repo, Large(5_000_000));
        using var room = new HubRoom(hub, options => options with { StartConnections = start, MaxConnections = 8 });
        using var puller = room.Puller();
        var pull = puller.Start(await puller.PlanAsync(Model));

        var most = 0;
        await foreach (var snapshot in pull.WatchAsync()) most = Math.Max(most, snapshot.Connections);

        Assert.True(most >= expected, $"{most} connections");
        Assert.Equal(Large(5_000_000).Content.ToArray(), Shown(await pull.Completion, "model.safetensors"));
    }

    [Theory]
    [InlineData(nameof(Fault.TooManyRequests))]
    [InlineData(nameof(Fault.Unavailable))]
    public async Task Pull_ThatAServerFindsTooMuch_GoesOnWithFewer(string fault)
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { Faults = FaultPlan.Times(3, Enum.Parse<Fault>(fault), FaultScope.Content, Weights), RetryAfterSeconds = 0 });
        hub.Add(Repo, Large(2_000_000));
        using var room = new HubRoom(hub, options => options with { StartConnections = 8, MaxConnections = 16 });
        using var puller = room.Puller();

        var result = await puller.Start(await puller.PlanAsync(Model)).Completion.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(4, puller.Engine.AllowedConnections);
        Assert.Equal(Large(2_000_000).Content.ToArray(), Shown(result, "model.safetensors"));
    }

    [Fact]
    public async Task Pull_ThatAServerAsksToWait_SaysHowLong()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { Faults = FaultPlan.Nth(1, Fault.TooManyRequests, FaultScope.Content, Weights), RetryAfterSeconds = 1 });
        hub.Add(Repo, Large());
        using var room = new HubRoom(hub, options => options with { MaxConnections = 1 });
        using var puller = room.Puller();
        var pull = puller.Start(await puller.PlanAsync(Model));
        var troubles = new List<string>();

        await foreach (var snapshot in pull.WatchAsync())
            if (snapshot.Trouble is { } trouble) troubles.Add(trouble);

        Assert.Contains(troubles, trouble => trouble.EndsWith("asks for fewer requests (429): waiting 1 s", StringComparison.Ordinal));
    }
}
