using System.Diagnostics;
using System.Globalization;
using Exo.Grains.Tests.Mission.Scenarios;
using Exo.Tests.Hub.Server;

namespace Exo.Grains.Benchmarks.Mission;

/// <summary>A throttled hub that fails now and then, in a process of its own at the lowest priority: it stands for a distant machine. It ends with its standard input.</summary>
internal sealed class MissionHub : IDisposable
{
    public const string Verb = "mission-hub";

    private const double FaultShare = 0.03;

    private readonly Process _process;

    private MissionHub(Process process, string endpoint) => (_process, Endpoint) = (process, endpoint);

    /// <summary>What HF_ENDPOINT is set to.</summary>
    public string Endpoint { get; }

    /// <summary>The name of one of its models.</summary>
    public static string ModelOf(int model) => $"org/large-{model}";

    /// <summary>Where one of the first model's files is, counted round and round.</summary>
    public string AddressOf(int file) => $"{Endpoint}/{ModelOf(0)}/resolve/main/{BulkModel.NameOf(file % BulkModel.FileCount)}";

    /// <summary>Starts it.</summary>
    /// <param name="models">How many models it has.</param>
    /// <param name="megabytes">Of each.</param>
    /// <param name="megabytesPerSecond">On each connection.</param>
    public static async Task<MissionHub> StartAsync(int models, int megabytes, int megabytesPerSecond)
    {
        List<string> arguments = ["-n", "19", Environment.ProcessPath!];
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") arguments.Add(typeof(MissionHub).Assembly.Location);
        arguments.AddRange([Verb, .. ((int[])[models, megabytes, megabytesPerSecond]).Select(number => number.ToString(CultureInfo.InvariantCulture))]);
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

    /// <summary>The child's side.</summary>
    public static async Task<int> ServeAsync(string[] arguments)
    {
        var numbers = arguments.Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        var (models, megabytes, rate) = (numbers[0], numbers[1], numbers[2]);
        await using var hub = await HubServer.StartAsync(new HubServerOptions
        {
            ConnectionRate = rate * 1_000_000L,
            Faults = FaultPlan.Random(1, FaultShare, Fault.Reset, Fault.ShortBody, Fault.BadGateway, Fault.Unavailable, Fault.TooManyRequests),
        });
        using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(5) };
        for (var model = 0; model < models; model++)
        {
            hub.Add(ModelOf(model), BulkModel.Files((ulong)model + 1, megabytes * 1_000_000L));
            // The listing makes the hub hash its contents, once, before anybody's clock runs. It may be one of those that fail.
            for (var listed = false; !listed;)
            {
                using var listing = await client.GetAsync($"{hub.Endpoint}/api/models/{ModelOf(model)}/tree/main?recursive=true");
                listed = listing.IsSuccessStatusCode;
            }
        }

        Console.WriteLine(hub.Endpoint);
        while (await Console.In.ReadLineAsync() is not null)
        {
        }

        return 0;
    }
}
