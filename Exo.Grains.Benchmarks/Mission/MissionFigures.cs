using System.Diagnostics;
using System.Net;
using Exo.Api;
using Exo.Grains.Nodes;
using Exo.Grains.Tests.Losses.Scenarios;
using Exo.Grains.Tests.Silo.Processes;
using Exo.Grains.Wire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Exo.Grains.Benchmarks.Mission;

/// <summary>
/// What Exo began with: three silos answer together while one of them downloads, hashes and writes flat out from a throttled, failing hub. Grain calls
/// to that silo and tokens through it are timed before, meanwhile, and while plain tools download as much apart from it, which tells what the machine itself
/// takes for that; the membership must not stir.
/// </summary>
internal static class MissionFigures
{
    private const string Busy = "a";

    /// <summary>In the first quarter of a minute the silos spend an eighth of two cores on compiling; timed with it, an idle phase isn't one.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(string[] rest)
    {
        var duration = TimeSpan.FromSeconds(rest.Length > 0 ? int.Parse(rest[0]) : 300);
        using var hub = await MissionHub.StartAsync(megabytes: (int)(duration.TotalSeconds * 40), megabytesPerSecond: 10);
        var environment = new Dictionary<string, string?> { ["HF_HUB_OFFLINE"] = null, ["HF_ENDPOINT"] = hub.Endpoint };
        await using var cluster = new SiloCluster(environment, longestLife: 2 * duration + BoundedProcess.LongestLife);
        var gateway = FreePort.Next();
        await cluster.StartAsync(Busy, "--gateway-port", $"{gateway}");
        await cluster.StartAsync("b");
        await cluster.StartAsync("c");
        await cluster.SettleAsync(Busy);
        await cluster.LoadAsync(Busy, "stories", 3);
        using var client = await ConnectAsync(cluster.Id, gateway);
        var node = client.Services.GetRequiredService<IClusterClient>().GetGrain<INodeGrain>(Busy);
        await using var service = cluster.Ask(Busy);
        var story = await StoryStream.PrepareAsync(seed: 8, tokens: 200);

        Timed idle = new(), busy = new(), hashed = new(), thrownAway = new();
        Task PhaseAsync(TimeSpan length, Timed into) => into.MeasureAsync(service, story, node, length);

        await PhaseAsync(WarmUp, new Timed()); // everything compiled and warm
        var before = (await cluster.Silos[Busy].Http.GetStringAsync("/exo/members"));
        await PhaseAsync(duration / 8, idle);
        using var stop = new CancellationTokenSource();
        var pull = Task.Run(() => PullAsync(service, stop.Token));
        await PhaseAsync(duration, busy);
        await stop.CancelAsync();
        var (bytes, seconds) = await pull;
        await PhaseAsync(duration / 8, idle); // before and after, as the machine's neighbours come and go
        using (PlainDownload.Hashed(hub)) await PhaseAsync(duration / 4, hashed);
        using (PlainDownload.ThrownAway(hub)) await PhaseAsync(duration / 4, thrownAway);
        var after = (await cluster.Silos[Busy].Http.GetStringAsync("/exo/members"));

        Console.WriteLine($"{duration.TotalSeconds:0} s while silo {Busy} fetched {bytes / 1e6 / seconds:0} MB/s, hashed and wrote them");
        Show("grain call", timed => timed.Calls);
        Show("token", timed => timed.Tokens);
        Console.WriteLine(before == after ? "membership: no change, no suspicion" : $"membership changed: {before} → {after}");
        return before == after ? 0 : 1;

        void Show(string what, Func<Timed, Samples> of)
        {
            Console.WriteLine($"    {what}: {Of(idle)} idle; {Beside(busy)} busy; {Beside(hashed)} beside plain downloads that are hashed; {Beside(thrownAway)} beside such that are thrown away");
            string Of(Timed timed) => $"{of(timed).At(0.5):0.00} ms median, {of(timed).At(0.99):0.00} p99 ({of(timed).Count})";
            string Beside(Timed timed) => $"{Of(timed)}, {of(timed).At(0.99) / of(idle).At(0.99):0.00} times idle's p99";
        }
    }

    private static async Task<(long Bytes, double Seconds)> PullAsync(IExoService service, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var done = 0L;
        try
        {
            // A number of connections makes it this silo's own pull of whole files.
            await foreach (var progress in service.PullAsync(new PullRequest { Model = MissionHub.Repository, Connections = 16 }, stop)) done = progress.DoneByteCount;
        }
        catch (OperationCanceledException)
        {
            // It was to be stopped.
        }

        return (done, clock.Elapsed.TotalSeconds);
    }

    private static async Task<IHost> ConnectAsync(string cluster, int gateway)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client => client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, gateway)).Configure<Orleans.Configuration.ClusterOptions>(options =>
        {
            options.ClusterId = cluster;
            options.ServiceId = cluster;
        }));
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }
}
