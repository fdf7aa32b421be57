using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Exo.Silo.Claims;

/// <summary>
/// What silos of one machine hold each of one: a node name, a port. A claim is an open file that nobody else may open, so it ends with the
/// process however that ends, and two silos that start at the same moment never get the same.
/// </summary>
internal sealed class MachineClaims(string folder) : IDisposable
{
    private readonly List<FileStream> _held = [];

    /// <summary>Whether the claim is this process's now.</summary>
    /// <exception cref="IOException">The folder can't be written.</exception>
    public bool TryClaim(string what)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, what);
        try
        {
            _held.Add(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    /// <summary>The first of the ports from <paramref name="first"/> on that no silo has claimed and nobody listens on.</summary>
    /// <exception cref="IOException">There is none among the next hundred.</exception>
    public int ClaimPort(IPAddress address, int first)
    {
        const int Tries = 100;
        for (var port = first; port < first + Tries && port <= IPEndPoint.MaxPort; port++)
        {
            if (IsFree(new IPEndPoint(address, port)) && TryClaim($"port-{port}")) return port;
        }
        throw new IOException($"no port from {first} to {first + Tries - 1} is free on {address}");
    }

    /// <summary>Whether the endpoint could be listened on.</summary>
    public static bool IsFree(IPEndPoint endpoint)
    {
        using var probe = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        // As Kestrel and Orleans bind: connections of an ended process that linger don't count. On Windows the option would share the port.
        if (!RuntimeInformation.IsOSPlatform(OSPlatform.Windows)) probe.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        try
        {
            probe.Bind(endpoint);
            probe.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        foreach (var claim in _held) claim.Dispose();
    }
}
