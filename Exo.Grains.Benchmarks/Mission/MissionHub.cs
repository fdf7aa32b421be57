using System.Diagnostics;
using System.Globalization;
using Exo.Tests.Hub.Server;

namespace Exo.Grains.Benchmarks.Mission;

/// <summary>A throttled hub that fails now and then, in a process of its own at the lowest priority: it stands for a distant machine. It ends with its standard input.</summary>
internal sealed class MissionHub : IDisposable
{
    public const string Verb = "mission-hub";
    public const string Repository = "org/huge";

    private const int Files = 4;
    private const double FaultShare = 0.03;

    private readonly Process _process;

    private MissionHub(Process process, string endpoint) => (_process, Endpoint) = (process, endpoint);

    /// <summary>What HF_ENDPOINT is set to.</summary>
    public string Endpoint { get; }

    /// <summary>Where one of its files is, counted round and round.</summary>
    public string AddressOf(int file) => $"{Endpoint}/{Repository}/resolve/main/{NameOf(file % Files)}";

    /// <summary>Starts it.</summary>
    /// <param name="megabytes">Of each of four files.</param>
    /// <param name="megabytesPerSecond">On each connection.</param>
    public static async Task<MissionHub> StartAsync(int megabytes, int megabytesPerSecond)
    {
        List<string> arguments = ["-n", "19", Environment.ProcessPath!];
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") arguments.Add(typeof(MissionHub).Assembly.Location);
        arguments.AddRange([Verb, megabytes.ToString(CultureInfo.InvariantCulture), megabytesPerSecond.ToString(CultureInfo.InvariantCulture)]);
        var process = Process.Start(new ProcessStartInfo("nice", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var endpoint = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the hub ended before it said where it listens");
        return new MissionHub(process, endpoint);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10))) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static string NameOf(int file) => $"model-{file + 1:00000}-of-{Files:00000}.safetensors";

    /// <summary>The child's side.</summary>
    public static async Task<int> ServeAsync(string[] arguments)
    {
        var (megabytes, rate) = (int.Parse(arguments[0], CultureInfo.InvariantCulture), int.Parse(arguments[1], CultureInfo.InvariantCulture));
        await using var hub = await HubServer.StartAsync(new HubServerOptions
        {
            ConnectionRate = rate * 1_000_000L,
            Faults = FaultPlan.Random(1, FaultShare, Fault.Reset, Fault.ShortBody, Fault.BadGateway, Fault.Unavailable, Fault.TooManyRequests),
        });
        hub.Add(Repository, [.. Enumerable.Range(0, Files).Select(file => new ServedFile(NameOf(file), new SeededContent((ulong)file + 1, megabytes * 1_000_000L)) { IsLfs = true })]);
        using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(5) };
        // The listing makes the hub hash its contents, once, before anybody's clock runs.
        await client.GetStringAsync($"{hub.Endpoint}/api/models/{Repository}/tree/main?recursive=true");
        Console.WriteLine(hub.Endpoint);
        while (await Console.In.ReadLineAsync() is not null)
        {
        }

        return 0;
    }
}
