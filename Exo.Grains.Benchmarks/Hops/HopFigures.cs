using Exo.Engine.Models;
using Exo.Grains.Benchmarks.Nodes;
using static Exo.Grains.Benchmarks.Hops.TokenTimes;

namespace Exo.Grains.Benchmarks.Hops;

/// <summary>
/// What a token pays for the way: its time over three shards on three silos less its time over one, a third of it for each of the three messages
/// between silos (0 to 1, 1 to 2, 2 back to the driver), beside the same bytes over bare TCP, to another process too.
/// </summary>
internal static class HopFigures
{
    private const int Shards = 3;

    /// <summary>Answers before anything is timed: a hop's time falls by half over the first four thousand tokens, while its code is compiled for good.</summary>
    private const int WarmUps = 4;

    public static async Task<int> RunAsync(string folder, string[] rest)
    {
        folder = Path.GetFullPath(folder);
        var tokens = rest.Length > 0 ? int.Parse(rest[0]) : 1500;
        var frame = ModelFiles.Open(folder).Spec.HiddenSize * sizeof(float);
        await using var cluster = await BenchmarkCluster.StartAsync(Shards, threads: 1);
        using var echo = await TcpEcho.StartAsync(frame);
        var one = await cluster.DeployAsync(folder, 1, IdleBackend.Name, 1);
        await MeasureAsync(one, folder, tokens);
        var warm = await cluster.DeployAsync(folder, Shards, IdleBackend.Name, 1);
        for (var i = 0; i < WarmUps; i++) await MeasureAsync(warm, folder, tokens); // everything compiled and warm, on the other silos too
        var rounds = rest.Length > 1 ? int.Parse(rest[1]) : 3;
        for (var round = 0; round < rounds; round++)
        {
            one = await cluster.DeployAsync(folder, 1, IdleBackend.Name, 1);
            var alone = await MeasureAsync(one, folder, tokens);
            var chain = await cluster.DeployAsync(folder, Shards, IdleBackend.Name, 1);
            await MeasureAsync(chain, folder, tokens / 4);
            var spread = await MeasureAsync(chain, folder, tokens);
            var tcp = await TcpPingPong.MeasureAsync(echo.EndPoint, frame, 3000);
            Console.WriteLine($"{frame} bytes a hop; token over 1 shard {At(alone, 0.5):0.000} ms median, {At(alone, 0.99):0.000} p99; over {Shards} shards {At(spread, 0.5):0.000}, {At(spread, 0.99):0.000}");
            foreach (var (name, share) in ((string, double)[])[("median", 0.5), ("p99", 0.99)])
            {
                var hop = (At(spread, share) - At(alone, share)) / Shards;
                Console.WriteLine($"    hop {name} {hop:0.000} ms; TCP one way {At(tcp, share) / 2:0.000} ms, there and back {At(tcp, share):0.000} ms; ratio {hop / (At(tcp, share) / 2):0.0} one way, {hop / At(tcp, share):0.0} to the round trip");
            }
        }

        return 0;
    }
}
