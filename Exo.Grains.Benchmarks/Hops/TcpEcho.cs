using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Exo.Grains.Benchmarks.Hops;

/// <summary>The far end of <see cref="TcpPingPong"/> in a process of its own, as the far end of a hop is. It ends with its standard input.</summary>
internal sealed class TcpEcho : IDisposable
{
    public const string Verb = "tcp-echo";

    private readonly Process _process;

    private TcpEcho(Process process, int port) => (_process, EndPoint) = (process, new IPEndPoint(IPAddress.Loopback, port));

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    public static async Task<TcpEcho> StartAsync(int byteCount)
    {
        List<string> arguments = [Verb, byteCount.ToString(CultureInfo.InvariantCulture)];
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") arguments.Insert(0, typeof(TcpEcho).Assembly.Location);
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var port = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the echo ended before it said where it listens");
        return new TcpEcho(process, int.Parse(port, CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10))) _process.Kill();
        _process.Dispose();
    }

    /// <summary>The child's side.</summary>
    public static async Task<int> ServeAsync(string[] arguments)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
        _ = AcceptAsync(listener, int.Parse(arguments[0], CultureInfo.InvariantCulture));
        while (await Console.In.ReadLineAsync() is not null)
        {
        }

        return 0;
    }

    private static async Task AcceptAsync(TcpListener listener, int byteCount)
    {
        while (true)
        {
            var peer = await listener.AcceptSocketAsync();
            _ = Task.Run(() => TcpPingPong.EchoAsync(peer, byteCount));
        }
    }
}
