using System.Net;
using Exo.Grains.Tests.Silo.Processes;
using Exo.Tests;

namespace Exo.Grains.Tests.Silo;

[Collection(SiloProcesses.Name)]
public sealed class RedisTests
{
    private static readonly TimeSpan InTheEnd = TimeSpan.FromSeconds(30);

    /// <summary>The user that redis.conf shows for several machines.</summary>
    private static readonly string[] WithUser = ["user default off", "user exo on >secret ~* &* +@all -@dangerous +info"];

    [Fact]
    public async Task Start_TwoOverRedis_FormAClusterAndNoticeALoss()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var machine = new SiloMachine();
        var first = await machine.StartAsync("a", "--redis", redis.Address);
        var second = await machine.StartAsync("b", "--redis", redis.Address);
        await second.SeesAsync(InTheEnd, "a", "b");

        first.Kill();

        await second.SeesAsync(TimeSpan.FromSeconds(3), "b");
    }

    [Fact]
    public async Task Redis_GoneAndBack_NobodyIsLostMeanwhileAndALossIsNoticedAfterwards()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var machine = new SiloMachine();
        var first = await machine.StartAsync("a", "--redis", redis.Address);
        var second = await machine.StartAsync("b", "--redis", redis.Address);
        await first.SeesAsync(InTheEnd, "a", "b");
        await second.SeesAsync(InTheEnd, "a", "b");

        await redis.KillAsync();
        await first.SaysAsync("is away", InTheEnd);
        await second.SaysAsync("is away", InTheEnd);
        // As long as several refreshes of the membership table that all fail: both still stand by each other, and answer.
        for (var refreshes = 0; refreshes < 3; refreshes++)
        {
            await first.SeesAsync(InTheEnd, "a", "b");
            await second.SeesAsync(InTheEnd, "a", "b");
            await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        }
        Assert.Equal(HttpStatusCode.OK, (await first.Http.GetAsync("/health", TestContext.Current.CancellationToken)).StatusCode);

        await redis.StartAgainAsync();
        await first.SaysAsync("is back", InTheEnd);
        await second.SaysAsync("is back", InTheEnd);
        var third = await machine.StartAsync("c", "--redis", redis.Address);
        await first.SeesAsync(InTheEnd, "a", "b", "c");
        second.Kill();
        await first.SeesAsync(InTheEnd, "a", "c");
        await third.SeesAsync(InTheEnd, "a", "c");
        Assert.DoesNotContain("is lost", first.Log[..first.Log.IndexOf("is back", StringComparison.Ordinal)], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redis_BackWithoutItsDisk_IsWrittenAgainSoThatOthersJoinAndLossesAreNoticed()
    {
        await using var redis = await RedisProcess.StartAsync("appendonly no");
        await using var machine = new SiloMachine();
        var first = await machine.StartAsync("a", "--redis", redis.Address);
        var second = await machine.StartAsync("b", "--redis", redis.Address);
        await first.SeesAsync(InTheEnd, "a", "b");
        await second.SeesAsync(InTheEnd, "a", "b");

        await redis.KillAsync();
        await redis.StartAgainAsync();
        await Until.TrueAsync("one of them restores the table", _ => Task.FromResult((first.Log + second.Log).Contains("written again", StringComparison.Ordinal)), InTheEnd, () => first.Log + second.Log);

        var third = await machine.StartAsync("c", "--redis", redis.Address);
        foreach (var silo in new[] { first, second, third }) await silo.SeesAsync(InTheEnd, "a", "b", "c");
        second.Kill();
        foreach (var silo in new[] { first, third }) await silo.SeesAsync(InTheEnd, "a", "c");
    }

    [Fact]
    public async Task Redis_GoneWhenASiloStops_StillStopsInOrderAndInTime()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var machine = new SiloMachine();
        var silo = await machine.StartAsync("a", "--redis", redis.Address);
        await redis.KillAsync();

        silo.Terminate();

        Assert.Equal(0, await silo.ExitAsync(InTheEnd));
        Assert.Contains("gone without saying goodbye", silo.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithTheUserThatRedisConfShows_Joins()
    {
        await using var redis = await RedisProcess.StartAsync(WithUser);
        await using var machine = new SiloMachine();
        var silo = await machine.StartAsync("a", "--redis", $"{redis.Address},user=exo,password=secret");

        Assert.Equal(["a"], await silo.MembersAsync(TestContext.Current.CancellationToken));
        Assert.DoesNotContain("secret", silo.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithAWrongPassword_IsRefusedAtOnceWithTheSetting()
    {
        await using var redis = await RedisProcess.StartAsync(WithUser);
        await using var machine = new SiloMachine();
        var silo = machine.Begin("a", "--redis", $"{redis.Address},user=exo,password=wrong-one", "--redis-wait", "600");

        Assert.Equal(2, await silo.ExitAsync(InTheEnd));
        Assert.Contains("check user=… and password=… in --redis", silo.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-one", silo.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OverRedisWithTls_JoinsWithItsAuthorityAndIsRefusedWithout()
    {
        using var folder = new TempFolder();
        using var authority = new ClusterAuthority(folder, "redis-ca");
        var (certificate, key) = authority.Sign("redis");
        await using var redis = await RedisProcess.StartAsync("port 0", "tls-port {port}", $"tls-cert-file {certificate}", $"tls-key-file {key}", $"tls-ca-cert-file {authority.File}", "tls-auth-clients optional");
        await using var machine = new SiloMachine();

        var silo = await machine.StartAsync("a", "--redis", $"{redis.Address},ssl=true", "--redis-ca", authority.File);
        Assert.Equal(["a"], await silo.MembersAsync(TestContext.Current.CancellationToken));

        var stranger = machine.Begin("b", "--redis", $"{redis.Address},ssl=true", "--redis-wait", "0");
        Assert.Equal(2, await stranger.ExitAsync(InTheEnd));
        Assert.Contains("give its authority with --redis-ca FILE", stranger.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithoutTheRedisItNames_SaysWhatToDo()
    {
        await using var machine = new SiloMachine();
        var silo = machine.Begin("a", "--redis", $"127.0.0.1:{FreePort.Next()}", "--redis-wait", "0");

        Assert.Equal(4, await silo.ExitAsync(InTheEnd));
        Assert.Contains("can't be reached (Connection refused): start it (redis-server redis.conf), mend --redis, or leave it out", silo.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithARedisThatNoNameServerKnows_SaysSo()
    {
        await using var machine = new SiloMachine();
        var silo = machine.Begin("a", "--redis", "redis.invalid", "--redis-wait", "0");

        Assert.Equal(4, await silo.ExitAsync(InTheEnd));
        Assert.DoesNotContain("something listens there", silo.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("abortConnect", silo.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithAProgramThatIsNoRedis_SaysWhatMayBeWrong()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        await using var machine = new SiloMachine();
        var silo = machine.Begin("a", "--redis", $"127.0.0.1:{((System.Net.IPEndPoint)listener.LocalEndpoint).Port}", "--redis-wait", "0");

        Assert.Equal(4, await silo.ExitAsync(InTheEnd));
        Assert.Contains("something listens there, but it doesn't speak as Redis does; is ssl=true missing there, or too much?", silo.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("abortConnect", silo.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_BeforeItsRedis_WaitsForIt()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var machine = new SiloMachine();
        await redis.KillAsync();
        var silo = machine.Begin("a", "--redis", redis.Address);
        await silo.SaysAsync("waiting for Redis", InTheEnd);

        await redis.StartAgainAsync();

        Assert.Equal("a", (await silo.UpAsync()).Name);
    }
}
