using System.Diagnostics;
using System.Globalization;
using Exo.Hub;
using Exo.Hub.Pulls;

namespace Exo.Benchmarks.Hub;

/// <summary>
/// How late a 1 ms timer and a thread-pool item run while ranges land, hash and write as fast as loopback goes, beside the idle value of the same run.
/// The hub stands in for a distant machine: its whole process gives way, so that what is late here is late because of the download.
/// </summary>
internal static class LatenessFigures
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var megabytes = arguments.Length > 0 ? long.Parse(arguments[0], CultureInfo.InvariantCulture) : 4000;
        var connections = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 16;
        var rate = arguments.Length > 2 ? long.Parse(arguments[2], CultureInfo.InvariantCulture) : 20_000_000;
        var folder = Directory.CreateTempSubdirectory("exo-lateness").FullName;
        try
        {
            using var hub = await HubProcess.StartAsync(megabytes, files: 2, rate, givesWay: true);
            using var puller = new Puller(new HubOptions { Endpoint = new Uri(hub.Endpoint), CacheFolder = folder, MaxConnections = connections, StartConnections = connections });
            await puller.Start(await PlanAsync(puller, file: 1)).Completion; // Compiled by now, what the measured one runs: a compiler's threads are no download's.
            var plan = await PlanAsync(puller, file: 2);
            using var probe = new LatenessProbe();
            await Task.Delay(Idle);
            var idle = probe.Take();
            var (collections, paused) = (GC.CollectionCount(0), GC.GetTotalPauseDuration());
            var start = Stopwatch.GetTimestamp();
            await puller.Start(plan).Completion;
            var elapsed = Stopwatch.GetElapsedTime(start);
            var busy = probe.Take();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{connections} ranges landing at {megabytes / elapsed.TotalSeconds:f0} MB/s; {GC.CollectionCount(0) - collections} collections paused {(GC.GetTotalPauseDuration() - paused).TotalMilliseconds:f1} ms in all"));
            Say("1 ms timer", busy.Timer, idle.Timer);
            Say("pool item", busy.Pool, idle.Pool);
            return busy.Timer.P99 <= 2 * idle.Timer.P99 && busy.Pool.P99 < 5 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<PullPlan> PlanAsync(Puller puller, int file) =>
        puller.PlanAsync(ModelReference.Parse(HubProcess.Repository), new PullOptions { Include = [$"model-0000{file}*"] });

    private static void Say(string what, Lateness busy, Lateness idle) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"    {what}: p99 late by {busy.P99:f2} ms, idle {idle.P99:f2} ({busy.P99 / idle.P99:f1} ×); median {busy.Median:f2}, idle {idle.Median:f2}; worst {busy.Worst:f1}, idle {idle.Worst:f1} of {busy.Count} and {idle.Count}"));
}
