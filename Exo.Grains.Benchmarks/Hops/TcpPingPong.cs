using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Exo.Grains.Benchmarks.Hops;

/// <summary>The limit that a hop is held against: the same bytes there and back over one TCP connection on loopback, nothing else.</summary>
internal static class TcpPingPong
{
    /// <summary>Milliseconds of each round trip, sorted.</summary>
    public static async Task<double[]> MeasureAsync(int byteCount, int rounds)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var echo = Task.Run(async () =>
        {
            using var there = await listener.AcceptSocketAsync();
            there.NoDelay = true;
            var bytes = new byte[byteCount];
            for (var i = 0; i < rounds; i++)
            {
                await ReceiveAllAsync(there, bytes);
                await there.SendAsync(bytes);
            }
        });
        using var here = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await here.ConnectAsync(listener.LocalEndpoint);
        var frame = new byte[byteCount];
        var times = new double[rounds];
        for (var i = 0; i < rounds; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await here.SendAsync(frame);
            await ReceiveAllAsync(here, frame);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        await echo;
        Array.Sort(times);
        return times;
    }

    private static async Task ReceiveAllAsync(Socket socket, byte[] bytes)
    {
        for (var received = 0; received < bytes.Length;)
        {
            var count = await socket.ReceiveAsync(bytes.AsMemory(received));
            if (count == 0) throw new IOException("the other end left");
            received += count;
        }
    }
}
