using Exo.Grains.Tests.Mission.Scenarios;
using Exo.Grains.Tests.Silo;
using Exo.Tests.Hub.Server;

namespace Exo.Grains.Tests.Mission;

/// <summary>What Exo began with, in short: a download never makes a silo look dead. <c>Exo.Grains.Benchmarks mission</c> holds it for minutes, and to the bar.</summary>
[Collection(SiloProcesses.Name)]
public sealed class MissionTests
{
    private const string Model = "org/large";

    /// <summary>Layers too large for the silos that are to fetch nothing.</summary>
    private const long ByteCount = BulkModel.FileCount * (MissionSilos.LittleMemory + (8L << 20));

    /// <summary>Calls take milliseconds. A machine that builds beside the tests may be late by a hundred of them, never by this.</summary>
    private const double LongestMilliseconds = 1000;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Pull_FlatOutFromAThrottledFailingHub_HoldsUpNoCallAndNoToken_AndRaisesNoSuspicion()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions
        {
            ConnectionRate = 2_000_000,
            Faults = FaultPlan.Random(1, 0.03, Fault.Reset, Fault.ShortBody, Fault.BadGateway, Fault.Unavailable, Fault.TooManyRequests),
        });
        hub.Add(Model, BulkModel.Files(seed: 1, ByteCount));
        await using var silos = await MissionSilos.StartAsync(hub.Endpoint, storyTokens: 100);
        using (var warm = new CancellationTokenSource(WarmUp)) await silos.MeasureAsync(new Timed(), warm.Token);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        var before = await silos.MembershipAsync();
        var told = silos.ToldAsync(MissionSilos.Other, $"pull:{Model}", limit.Token);

        using var over = new CancellationTokenSource();
        var busy = new Timed();
        var measured = silos.MeasureAsync(busy, over.Token);
        var bytes = 0L;
        await silos.PullAsync(Model, done => bytes = done, limit.Token);
        await over.CancelAsync();
        await measured;
        await told;

        TestContext.Current.TestOutputHelper?.WriteLine($"{busy.Calls.Count} calls, {busy.Calls.At(0.99):0.0} ms p99, {busy.Calls.At(1):0.0} at most; {busy.Tokens.Count} tokens, {busy.Tokens.At(0.99):0.0} ms p99, {busy.Tokens.At(1):0.0} at most");
        Assert.True(bytes >= ByteCount, $"only {bytes} of {ByteCount} bytes came");
        Assert.True(busy.Calls.At(1) < LongestMilliseconds, $"a call took {busy.Calls.At(1):0} ms");
        Assert.True(busy.Tokens.At(1) < LongestMilliseconds, $"a token took {busy.Tokens.At(1):0} ms");
        Assert.Equal(before, await silos.MembershipAsync());
    }
}
