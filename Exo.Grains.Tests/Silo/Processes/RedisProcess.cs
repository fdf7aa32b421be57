using Exo.Tests;

namespace Exo.Grains.Tests.Silo.Processes;

/// <summary>A Redis of a test's own, set up as the repository's redis.conf says.</summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private const string ReadyLine = "Ready to accept connections";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(20);

    private readonly TempFolder _folder = new();
    private readonly string _configuration;
    private BoundedProcess? _process;

    private RedisProcess(int port, string configuration)
    {
        Port = port;
        _configuration = configuration;
    }

    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Starts one; skips the test, saying why, where there is no redis-server.</summary>
    /// <param name="changes">Lines after redis.conf's own: what comes later counts. {port} stands for the port.</param>
    public static async Task<RedisProcess> StartAsync(params IEnumerable<string> changes)
    {
        if (Program() is null) Assert.Skip("redis-server is not installed here");
        var port = FreePort.Next();
        var lines = File.ReadAllLines(RepositoryFile("redis.conf")).Where(line => !line.StartsWith("port ", StringComparison.Ordinal) && !line.StartsWith("dir ", StringComparison.Ordinal));
        var ownLines = changes.Select(line => line.Replace("{port}", $"{port}", StringComparison.Ordinal)).ToArray();
        var portLine = ownLines.Any(line => line.StartsWith("port ", StringComparison.Ordinal)) ? "" : $"port {port}";
        var redis = new RedisProcess(port, string.Join('\n', [.. lines, portLine, .. ownLines]));
        try
        {
            await redis.StartAgainAsync();
            return redis;
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends it as a crash or a pulled plug does.</summary>
    public async Task KillAsync()
    {
        _process!.Send(Signals.Kill);
        await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>Starts it on the same port, with what it has written.</summary>
    public async Task StartAgainAsync()
    {
        _process = BoundedProcess.Start(Program()!, [_folder.Write("redis.conf", _configuration), "--dir", _folder.Path], _folder.Path);
        // Its own word, not a connection: another process may have come to listen on the port, and this one to end for that.
        await Until.TrueAsync($"Redis listens on {Address}", _ => Task.FromResult(_process.HasExited || _process.Log.Contains(ReadyLine, StringComparison.Ordinal)), StartTimeout, () => _process.Log);
        if (_process.HasExited) throw new InvalidOperationException($"redis-server ended at once:{Environment.NewLine}{_process.Log}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _folder.Dispose();
    }

    private static string? Program() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);

    /// <summary>A file of the repository, searched upwards from the tests' own folder.</summary>
    private static string RepositoryFile(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Exo.sln"))) return Path.Combine(folder.FullName, name);
        }
        throw new InvalidOperationException($"no Exo.sln above {AppContext.BaseDirectory}, so {name} can't be found");
    }
}
