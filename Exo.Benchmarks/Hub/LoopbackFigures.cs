using System.Diagnostics;
using System.Globalization;
using Exo.Hub;
using Exo.Hub.Pulls;

namespace Exo.Benchmarks.Hub;

/// <summary>One file as fast as loopback goes: Exo's stream, hashed and written, beside curl piped into sha256sum, which writes nothing.</summary>
internal static class LoopbackFigures
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var numbers = arguments.Select(argument => int.Parse(argument, CultureInfo.InvariantCulture)).ToArray();
        var megabytes = numbers.Length > 0 ? numbers[0] : 2000;
        var folder = Directory.CreateTempSubdirectory("exo-loopback").FullName;
        try
        {
            using var hub = await HubProcess.StartAsync(megabytes, files: 1, rate: 0);
            foreach (var connections in numbers.Length > 1 ? numbers[1..] : [1, 16])
            {
                var (curl, curlCpu) = await CurlAsync(hub.AddressOf(0));
                var (own, cpu) = await ExoAsync(hub, connections, Path.Combine(folder, $"exo-{connections}"));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{megabytes} MB, {connections} connections: Exo {megabytes / own.TotalSeconds:f0} MB/s, {cpu.TotalSeconds / megabytes * 1000:f2} CPU s/GB; curl | sha256sum {megabytes / curl.TotalSeconds:f0} MB/s, {curlCpu.TotalSeconds / megabytes * 1000:f2} CPU s/GB; speed ratio {curl / own:f2}"));
            }
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(TimeSpan Wall, TimeSpan Cpu)> ExoAsync(HubProcess hub, int connections, string folder)
    {
        using var puller = new Puller(new HubOptions { Endpoint = new Uri(hub.Endpoint), CacheFolder = folder, MaxConnections = connections, StartConnections = connections });
        var plan = await puller.PlanAsync(ModelReference.Parse(HubProcess.Repository));
        var cpuStart = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        await puller.Start(plan).Completion;
        var elapsed = Stopwatch.GetElapsedTime(start);
        var cpu = Environment.CpuUsage.TotalTime - cpuStart;
        Directory.Delete(folder, recursive: true);
        return (elapsed, cpu);
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
