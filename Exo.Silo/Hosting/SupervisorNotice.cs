using System.Net.Sockets;
using System.Text;

namespace Exo.Silo.Hosting;

/// <summary>Tells systemd (Type=notify) that the silo is up or stops, so that units ordered after it wait for the right moment.</summary>
internal static class SupervisorNotice
{
    public const string Ready = "READY=1";

    public const string Stopping = "STOPPING=1";

    /// <summary>Does nothing where nobody asked to be told.</summary>
    public static void Send(string state)
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 1 } path) return;
        // A path that begins with @ lies in Linux's abstract name space, whose names begin with a zero.
        if (path[0] == '@') path = '\0' + path[1..];
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(path));
    }
}
