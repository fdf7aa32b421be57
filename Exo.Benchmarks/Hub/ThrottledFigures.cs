using System.Diagnostics;
using System.Globalization;
using Exo.Hub;
using Exo.Hub.Pulls;

namespace Exo.Benchmarks.Hub;

/// <summary>A hub that gives each connection 20 MB/s: time to verified files, beside aria2c's time to unverified ones.</summary>
internal static class ThrottledFigures
{
    private const long Rate = 20_000_000;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var megabytes = arguments.Length > 0 ? long.Parse(arguments[0], CultureInfo.InvariantCulture) : 1000;
        var files = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 4;
        var folder = Directory.CreateTempSubdirectory("exo-throttled").FullName;
        try
        {
            using var hub = await HubProcess.StartAsync(megabytes, files, Rate);
            foreach (var connections in (int?[])[16, 16 * files, null])
            {
                // aria2c's -x16 is 16 connections a file; a pull that tunes itself is held against that.
                var peer = await Aria2Async(hub, files, connections ?? 16 * files, Path.Combine(folder, $"aria2-{connections}"));
                var own = await ExoAsync(hub, connections, Path.Combine(folder, $"exo-{connections}"));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{files} × {megabytes} MB, {connections?.ToString(CultureInfo.InvariantCulture) ?? "self-tuned"} connections of 20 MB/s: Exo to verified {own.TotalSeconds:f1} s, aria2c -x16 to unverified {peer.TotalSeconds:f1} s, ratio {own / peer:f2}"));
            }
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<TimeSpan> ExoAsync(HubProcess hub, int? connections, string folder)
    {
        var options = new HubOptions { Endpoint = new Uri(hub.Endpoint), CacheFolder = folder };
        using var puller = new Puller(connections is { } told ? options with { MaxConnections = told, StartConnections = told } : options);
        var start = Stopwatch.GetTimestamp();
        var plan = await puller.PlanAsync(ModelReference.Parse(HubProcess.Repository));
        await puller.Start(plan).Completion;
        var elapsed = Stopwatch.GetElapsedTime(start);
        Directory.Delete(folder, recursive: true);
        return elapsed;
    }

    private static async Task<TimeSpan> Aria2Async(HubProcess hub, int files, int connections, string folder)
    {
        Directory.CreateDirectory(folder);
        var list = Path.Combine(folder, "list.txt");
        await File.WriteAllLinesAsync(list, Enumerable.Range(0, files).Select(hub.AddressOf));
        var perFile = Math.Max(1, connections / files);
        var start = Stopwatch.GetTimestamp();
        using var aria2 = Process.Start(new ProcessStartInfo("aria2c", ["-q", "-x16", $"-s{perFile}", $"-j{files}", "-k1M", "--file-allocation=none", "--no-conf", "-d", folder, "-i", list]))!;
        await aria2.WaitForExitAsync();
        var elapsed = Stopwatch.GetElapsedTime(start);
        if (aria2.ExitCode != 0) throw new InvalidOperationException($"aria2c ended with {aria2.ExitCode}");
        Directory.Delete(folder, recursive: true);
        return elapsed;
    }
}
