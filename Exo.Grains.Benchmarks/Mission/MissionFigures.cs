using System.Diagnostics;
using Exo.Grains.Tests.Mission.Scenarios;
using Exo.Grains.Tests.Silo.Processes;

namespace Exo.Grains.Benchmarks.Mission;

/// <summary>
/// What Exo began with: three silos answer together while one of them downloads, hashes and writes flat out from a throttled, failing hub. Grain calls
/// to that silo and tokens through it are timed before, meanwhile, and while plain tools download as much apart from it, which tells what the machine itself
/// takes for that; the membership must not stir. The download is the cluster's own: planned by a model's grain, fetched on a node.
/// </summary>
internal static class MissionFigures
{
    /// <summary>The p99 of grain calls and tokens while the silo downloads, times that of an idle one.</summary>
    private const double Bar = 1.2;

    /// <summary>They are pulled in turn and removed again, as often as the time allows.</summary>
    private const int Models = 2;

    /// <summary>Of one model: it has to have room in the busy silo's memory, as it would be loaded there.</summary>
    private const int ModelMegabytes = 4000;

    /// <summary>In the first quarter of a minute the silos spend an eighth of two cores on compiling; timed with it, an idle phase isn't one.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(string[] rest)
    {
        var duration = TimeSpan.FromSeconds(rest.Length > 0 ? int.Parse(rest[0]) : 300);
        using var hub = await MissionHub.StartAsync(Models, ModelMegabytes, megabytesPerSecond: 10);
        await using var silos = await MissionSilos.StartAsync(hub.Endpoint, storyTokens: 200, longestLife: 2 * duration + BoundedProcess.LongestLife);

        Timed idle = new(), busy = new(), hashed = new(), thrownAway = new();
        async Task PhaseAsync(TimeSpan length, Timed into)
        {
            using var over = new CancellationTokenSource(length);
            await silos.MeasureAsync(into, over.Token);
        }

        await PhaseAsync(WarmUp, new Timed()); // everything compiled and warm
        var before = await silos.MembershipAsync();
        await PhaseAsync(duration / 8, idle);
        using var stop = new CancellationTokenSource();
        var pull = Task.Run(() => PullAsync(silos, stop.Token));
        await PhaseAsync(duration, busy);
        await stop.CancelAsync();
        var (bytes, seconds) = await pull;
        await PhaseAsync(duration / 8, idle); // before and after, as the machine's neighbours come and go
        using (PlainDownload.Hashed(hub)) await PhaseAsync(duration / 4, hashed);
        using (PlainDownload.ThrownAway(hub)) await PhaseAsync(duration / 4, thrownAway);
        var after = await silos.MembershipAsync();

        Console.WriteLine($"{duration.TotalSeconds:0} s while silo {MissionSilos.Busy} fetched {bytes / 1e6 / seconds:0} MB/s, hashed and wrote them");
        var isMet = Show("grain call", timed => timed.Calls) & Show("token", timed => timed.Tokens);
        Console.WriteLine(before == after ? "membership: no change, no suspicion" : $"membership changed: {before} → {after}");
        Console.WriteLine($"bar of {Bar} × idle's p99: {(isMet ? "met" : "missed")}");
        return isMet && before == after ? 0 : 1;

        // True where the bar is met.
        bool Show(string what, Func<Timed, Samples> of)
        {
            Console.WriteLine($"    {what}: {Of(idle)} idle; {Beside(busy)} busy; {Beside(hashed)} beside plain downloads that are hashed; {Beside(thrownAway)} beside such that are thrown away");
            return Times(busy) <= Bar;
            string Of(Timed timed) => $"{of(timed).At(0.5):0.00} ms median, {of(timed).At(0.99):0.00} p99 ({of(timed).Count})";
            string Beside(Timed timed) => $"{Of(timed)}, {Times(timed):0.00} times idle's p99";
            double Times(Timed timed) => of(timed).At(0.99) / of(idle).At(0.99);
        }
    }

    /// <summary>One model after the other, until it is told to stop.</summary>
    private static async Task<(long Bytes, double Seconds)> PullAsync(MissionSilos silos, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var (before, now) = (0L, 0L);
        try
        {
            for (var pulls = 0; ; pulls++)
            {
                var model = MissionHub.ModelOf(pulls % Models);
                await silos.PullAsync(model, done => now = done, stop);
                (before, now) = (before + now, 0);
                await silos.RemoveAsync(model);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return (before + now, clock.Elapsed.TotalSeconds);
        }
    }
}
