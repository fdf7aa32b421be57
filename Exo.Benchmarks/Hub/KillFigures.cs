using System.Globalization;

namespace Exo.Benchmarks.Hub;

/// <summary>One pull, killed at random moments until it is through: what was shown as done before a kill and isn't there after it.</summary>
internal static class KillFigures
{
    private const int Connections = 8;
    private const long RangeByteCount = 8 << 20;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var kills = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 200;
        var random = new Random(1);
        var folder = Directory.CreateTempSubdirectory("exo-kills").FullName;
        try
        {
            // Slow enough that the pull outlives its kills: a life gets through some tens of megabytes at most, and every fourth or so lands some of them.
            using var hub = await HubProcess.StartAsync(megabytes: 2000, files: 3, rate: 4_000_000);
            long worst = 0, shown = 0, lost = 0;
            var done = 0;
            for (; done < kills; done++)
            {
                using var pull = PullProcess.Start(hub.Endpoint, folder, Connections);
                var here = await ReadAsync(pull.StandardOutput, "here");
                worst = Math.Max(worst, shown - here);
                lost += Math.Max(0, shown - here);
                var moment = DateTime.UtcNow + TimeSpan.FromMilliseconds(random.Next(5, 1500));
                shown = here;
                while (DateTime.UtcNow < moment && await pull.StandardOutput.ReadLineAsync() is { } line)
                    if (line.StartsWith("at ", StringComparison.Ordinal)) shown = long.Parse(line[3..], CultureInfo.InvariantCulture);
                pull.Kill();
                await pull.WaitForExitAsync();
                if (shown == 6_000_000_000) break;
            }

            using var last = PullProcess.Start(hub.Endpoint, folder, 64);
            var found = await ReadAsync(last.StandardOutput, "here");
            worst = Math.Max(worst, shown - found);
            lost += Math.Max(0, shown - found);
            var received = await ReadAsync(last.StandardOutput, "done");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{done} kills; at most {worst / 1e6:f1} MB lost by one ({worst / (double)RangeByteCount:f2} ranges of 8 MiB over {Connections} connections), {lost / 1e6:f0} MB by all; the last life found {found / 1e6:f0} MB here, fetched {received / 1e6:f0} MB, and every file verified"));
            return worst <= RangeByteCount * Connections ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<long> ReadAsync(StreamReader output, string word)
    {
        while (await output.ReadLineAsync() is { } line)
            if (line.StartsWith(word + " ", StringComparison.Ordinal)) return long.Parse(line[(word.Length + 1)..], CultureInfo.InvariantCulture);
        throw new InvalidOperationException($"the pull ended without saying '{word}'");
    }
}
