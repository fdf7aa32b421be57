using Exo.Api;
using Exo.Api.Remote;
using Exo.Grains.Tests.Silo.Processes;

namespace Exo.Grains.Tests.Losses.Scenarios;

/// <summary>Silos as processes under names of one's own, and the console's way to ask them. Names decide where an even split puts its shards: in their order.</summary>
internal sealed class SiloCluster : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("exo-cluster-");
    private readonly Dictionary<string, SiloProcess> _silos = [];
    private readonly List<SiloProcess> _ended = [];
    private readonly IReadOnlyDictionary<string, string?>? _environment;
    private readonly TimeSpan? _longestLife;

    /// <summary>A cluster without silos yet.</summary>
    /// <param name="environment">Variables of every silo; null takes one away.</param>
    /// <param name="longestLife">When a silo is killed, come what may; longer than what it is for, where that takes long.</param>
    public SiloCluster(IReadOnlyDictionary<string, string?>? environment = null, TimeSpan? longestLife = null)
    {
        _environment = environment;
        _longestLife = longestLife;
    }

    /// <summary>The cluster's id.</summary>
    public string Id { get; } = $"loss-{Guid.NewGuid():N}"[..18];

    /// <summary>The silos that were started and not ended, by name.</summary>
    public IReadOnlyDictionary<string, SiloProcess> Silos => _silos;

    /// <summary>Starts a silo and waits until it is up. One of that name that was frozen wakes up first, finds itself given up, and ends.</summary>
    public async Task<SiloProcess> StartAsync(string name, params string[] options)
    {
        foreach (var former in _ended.Where(silo => silo.Name == name && !silo.Process.HasExited))
        {
            former.Thaw();
            await former.ExitAsync(Patience);
        }

        string[] all = ["--name", name, "--cluster-id", Id, "--http", $"127.0.0.1:{FreePort.Next()}", "--silo-port", $"{FreePort.Next()}", "--threads", "1", .. options];
        var silo = SiloProcess.Begin(_home.FullName, all, _environment, _longestLife);
        _silos[name] = silo;
        return await silo.UpAsync();
    }

    /// <summary>A silo as the console sees it.</summary>
    public HttpExoService Ask(string name) => new(new ServerAddress(_silos[name].Http.BaseAddress!, null));

    /// <summary>kill -9.</summary>
    public void Kill(string name) => Take(name).Kill();

    /// <summary>SIGSTOP: like a pulled cable. It is thawed and ends itself later, or with the cluster.</summary>
    public void Freeze(string name) => Take(name).Freeze();

    /// <summary>SIGTERM.</summary>
    public void Terminate(string name) => Take(name).Terminate();

    /// <summary>Waits until one silo sees exactly those that were started and not ended.</summary>
    public Task<TimeSpan> SettleAsync(string seenBy) => _silos[seenBy].SeesAsync(Patience, [.. _silos.Keys]);

    /// <summary>Makes a model ready, split evenly over the first silos by name.</summary>
    public async Task LoadAsync(string askedOf, string model, int shards)
    {
        await using var service = Ask(askedOf);
        await service.UnloadAsync(model);
        await foreach (var _ in service.LoadAsync(new LoadRequest { Model = model, ShardCount = shards, ContextLength = 1024 }))
        {
        }
    }

    /// <summary>Every silo's log, for when something went wrong.</summary>
    public string Logs() => string.Join(Environment.NewLine, _ended.Concat(_silos.Values).Select(silo => $"--- {silo.Name}{Environment.NewLine}{silo.Log}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _ended.Concat(_silos.Values)) await silo.DisposeAsync();
        _home.Delete(recursive: true);
    }

    private SiloProcess Take(string name)
    {
        var silo = _silos[name];
        _silos.Remove(name);
        _ended.Add(silo);
        return silo;
    }
}
