using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Exo.Grains.Benchmarks.Hops;

/// <summary>The limit that a hop is held against: the same bytes there and back over one TCP connection on loopback, nothing else.</summary>
internal static class TcpPingPong
{
    /// <summary>Milliseconds of each round trip to and from the echo, sorted.</summary>
    public static async Task<double[]> MeasureAsync(IPEndPoint echo, int byteCount, int rounds)
    {
        using var here = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await here.ConnectAsync(echo);
        var frame = new byte[byteCount];
        var times = new double[rounds];
        for (var i = 0; i < rounds; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await here.SendAsync(frame);
            await ReceiveAllAsync(here, frame);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        return times;
    }

    /// <summary>Sends back what comes, so many bytes at a time, until the other end leaves.</summary>
    public static async Task EchoAsync(Socket peer, int byteCount)
    {
        using (peer)
        {
            peer.NoDelay = true;
            var bytes = new byte[byteCount];
            while (await ReceiveAllAsync(peer, bytes)) await peer.SendAsync(bytes);
        }
    }

    /// <summary>False: the other end has left.</summary>
    private static async Task<bool> ReceiveAllAsync(Socket socket, byte[] bytes)
    {
        for (var received = 0; received < bytes.Length;)
        {
            var count = await socket.ReceiveAsync(bytes.AsMemory(received));
            if (count == 0) return false;
            received += count;
        }

        return true;
    }
}
