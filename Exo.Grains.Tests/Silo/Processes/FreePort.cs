using System.Net;
using System.Net.Sockets;

namespace Exo.Grains.Tests.Silo.Processes;

/// <summary>Ports that nobody listens on.</summary>
internal static class FreePort
{
    /// <summary>Below where systems take the ports of outgoing connections from: none of them can come to sit on a port that was given away.</summary>
    private const int First = 15000, Last = 30000;

    /// <summary>Test runs beside this one begin elsewhere.</summary>
    private static int _next = First + Environment.ProcessId * 37 % (Last - First);

    private static readonly Lock Gate = new();

    /// <summary>A port of 127.0.0.1 that was free a moment ago and that no test of this process has been given.</summary>
    public static int Next()
    {
        lock (Gate)
        {
            while (true)
            {
                var port = _next = _next + 1 < Last ? _next + 1 : First;
                using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                    return port;
                }
                catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
                {
                    // The next one, then.
                }
            }
        }
    }
}
