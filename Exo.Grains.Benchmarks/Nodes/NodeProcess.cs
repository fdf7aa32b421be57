using System.Diagnostics;
using System.Globalization;

namespace Exo.Grains.Benchmarks.Nodes;

/// <summary>A silo in a process of its own. It ends with its standard input.</summary>
internal sealed class NodeProcess : IDisposable
{
    public const string Verb = "node";

    private readonly Process _process;

    private NodeProcess(Process process) => _process = process;

    public static async Task<NodeProcess> StartAsync(string name, int siloPort, int gatewayPort, int firstSiloPort, int threads)
    {
        List<string> arguments = [Verb, name, .. ((int[])[siloPort, gatewayPort, firstSiloPort, threads]).Select(number => number.ToString(CultureInfo.InvariantCulture))];
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") arguments.Insert(0, typeof(NodeProcess).Assembly.Location);
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var node = new NodeProcess(process);
        if (await process.StandardOutput.ReadLineAsync() is not null) return node;
        node.Dispose();
        throw new InvalidOperationException($"node {name} ended before it was ready");
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(15))) _process.Kill();
        _process.Dispose();
    }

    /// <summary>The child's side.</summary>
    public static async Task<int> ServeAsync(string[] arguments)
    {
        var numbers = arguments[1..].Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        using var host = await BenchmarkSilo.StartAsync(arguments[0], numbers[0], numbers[1], numbers[2], numbers[3]);
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is not null)
        {
        }

        await host.StopAsync();
        return 0;
    }
}
