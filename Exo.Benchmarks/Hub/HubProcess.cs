using System.Diagnostics;
using System.Globalization;
using Exo.Tests.Hub.Server;

namespace Exo.Benchmarks.Hub;

/// <summary>A hub in a process of its own, so that its work is not counted as the download's. It ends with its standard input.</summary>
internal sealed class HubProcess : IDisposable
{
    public const string Verb = "hub-server";
    public const string Repository = "org/model";

    private readonly Process _process;

    private HubProcess(Process process, string endpoint) => (_process, Endpoint) = (process, endpoint);

    /// <summary>What HF_ENDPOINT would be set to.</summary>
    public string Endpoint { get; }

    /// <summary>Starts a hub with a model of some files of <paramref name="megabytes"/> each.</summary>
    /// <param name="megabytes">A file's size in millions of bytes.</param>
    /// <param name="files">How many files.</param>
    /// <param name="rate">Bytes a second a connection; 0 for no limit.</param>
    /// <param name="givesWay">Whether the whole process takes only what others leave of the processor (chrt, on Linux), as if it ran on another machine.</param>
    public static async Task<HubProcess> StartAsync(long megabytes, int files, long rate, bool givesWay = false)
    {
        var arguments = Arguments(megabytes, files, rate);
        var info = givesWay ? new ProcessStartInfo("chrt", ["--idle", "0", Environment.ProcessPath!, .. arguments]) : new ProcessStartInfo(Environment.ProcessPath!, arguments);
        (info.RedirectStandardInput, info.RedirectStandardOutput) = (true, true);
        var process = Process.Start(info)!;
        var endpoint = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the hub process ended before it said where it listens");
        return new HubProcess(process, endpoint);
    }

    /// <summary>Where a plain client fetches file number <paramref name="file"/>.</summary>
    public string AddressOf(int file) => $"{Endpoint}/{Repository}/resolve/main/{FileName(file)}";

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10))) _process.Kill();
        _process.Dispose();
    }

    /// <summary>The child's side.</summary>
    public static async Task<int> ServeAsync(string[] arguments)
    {
        var (megabytes, files, rate) = (long.Parse(arguments[0], CultureInfo.InvariantCulture), int.Parse(arguments[1], CultureInfo.InvariantCulture), long.Parse(arguments[2], CultureInfo.InvariantCulture));
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = rate == 0 ? null : rate });
        hub.Add(Repository, [.. Enumerable.Range(0, files).Select(file => new ServedFile(FileName(file), new SeededContent((ulong)file + 1, megabytes * 1_000_000)) { IsLfs = true })]);

        // The listing makes the hub hash its contents, once, before anybody's clock runs.
        using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(5) };
        await client.GetStringAsync($"{hub.Endpoint}/api/models/{Repository}/tree/main?recursive=true");
        Console.WriteLine(hub.Endpoint);
        while (await Console.In.ReadLineAsync() is not null)
        {
        }
        return 0;
    }

    private static string FileName(int file) => $"model-{file + 1:00000}.safetensors";

    private static List<string> Arguments(long megabytes, int files, long rate)
    {
        List<string> arguments = [Verb, .. ((long[])[megabytes, files, rate]).Select(number => number.ToString(CultureInfo.InvariantCulture))];
        return Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(HubProcess).Assembly.Location, .. arguments] : arguments;
    }
}
