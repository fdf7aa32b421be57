using System.Diagnostics;
using System.Globalization;
using Exo.Hub;
using Exo.Hub.Pulls;

namespace Exo.Benchmarks.Hub;

/// <summary>One file as fast as loopback goes: Exo's stream, hashed and written, beside curl piped into sha256sum; and how late timers and pool items run meanwhile.</summary>
internal static class LoopbackFigures
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var megabytes = arguments.Length > 0 ? long.Parse(arguments[0], CultureInfo.InvariantCulture) : 2000;
        var folder = Directory.CreateTempSubdirectory("exo-loopback").FullName;
        try
        {
            using var hub = await HubProcess.StartAsync(megabytes, files: 1, rate: 0);
            var (curl, curlCpu) = await CurlAsync(hub.AddressOf(0));
            foreach (var connections in (int[])[1, 16])
            {
                var (own, cpu, lateness) = await ExoAsync(hub, connections, Path.Combine(folder, $"exo-{connections}"));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{megabytes} MB, {connections} connections: Exo {megabytes / own.TotalSeconds:f0} MB/s, {cpu.TotalSeconds / megabytes * 1000:f2} CPU s/GB; curl | sha256sum {megabytes / curl.TotalSeconds:f0} MB/s, {curlCpu.TotalSeconds / megabytes * 1000:f2} CPU s/GB; speed ratio {curl / own:f2}"));
                Console.WriteLine($"    {lateness}");
            }
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(TimeSpan Wall, TimeSpan Cpu, string Lateness)> ExoAsync(HubProcess hub, int connections, string folder)
    {
        using var probe = new LatenessProbe();
        await Task.Delay(TimeSpan.FromSeconds(3));
        var idle = probe.Take();
        using var puller = new Puller(new HubOptions { Endpoint = new Uri(hub.Endpoint), CacheFolder = folder, MaxConnections = connections });
        var plan = await puller.PlanAsync(ModelReference.Parse(HubProcess.Repository));
        var cpuStart = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        await puller.Start(plan).Completion;
        var elapsed = Stopwatch.GetElapsedTime(start);
        var cpu = Environment.CpuUsage.TotalTime - cpuStart;
        var busy = probe.Take();
        Directory.Delete(folder, recursive: true);
        return (elapsed, cpu, $"1 ms timer p99 late by {busy.Timer:f2} ms, {idle.Timer:f2} idle; pool item p99 waits {busy.Pool:f2} ms, {idle.Pool:f2} idle");
    }

    private static async Task<(TimeSpan Wall, TimeSpan Cpu)> CurlAsync(string address)
    {
        var start = Stopwatch.GetTimestamp();
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"curl -sL '{address}' | sha256sum; times"]) { RedirectStandardOutput = true })!;
        var output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        var elapsed = Stopwatch.GetElapsedTime(start);

        // The last line of `times` is what the children used: "0m1.23s 0m0.45s".
        var cpu = output.TrimEnd().Split('\n')[^1].Split(' ').Select(part => part.TrimEnd('s').Split('m')).Sum(part => 60 * double.Parse(part[0], CultureInfo.InvariantCulture) + double.Parse(part[1], CultureInfo.InvariantCulture));
        return (elapsed, TimeSpan.FromSeconds(cpu));
    }
}
