using System.Net;
using System.Net.Sockets;

namespace Exo.Grains.Tests.Silo.Processes;

/// <summary>Ports that nobody listens on.</summary>
internal static class FreePort
{
    private static readonly HashSet<int> Given = [];

    /// <summary>A port of 127.0.0.1 that was free a moment ago and that no test of this process has been given.</summary>
    public static int Next()
    {
        lock (Given)
        {
            while (true)
            {
                using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                var port = ((IPEndPoint)probe.LocalEndPoint!).Port;
                if (Given.Add(port)) return port;
            }
        }
    }
}
