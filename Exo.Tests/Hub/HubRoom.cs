using Exo.Hub;
using Exo.Hub.Pulls;
using Exo.Hub.Store;
using Exo.Tests.Hub.Server;

namespace Exo.Tests.Hub;

/// <summary>A store in a temporary folder and a puller for one test hub, with small ranges and short waits.</summary>
internal sealed class HubRoom : IDisposable
{
    private readonly List<Puller> _pullers = [];

    public HubRoom(HubServer hub, Func<HubOptions, HubOptions>? change = null)
        : this(hub.Endpoint, change)
    {
    }

    public HubRoom(string endpoint, Func<HubOptions, HubOptions>? change = null)
    {
        Folder = Directory.CreateTempSubdirectory("exo-hub-").FullName;
        var options = new HubOptions
        {
            Endpoint = new Uri(endpoint),
            CacheFolder = Path.Combine(Folder, "hub"),
            FreeSpaceMargin = 0,
            RangeByteCount = 64 << 10,
            MaxConnections = 4,
            FirstBackOff = TimeSpan.FromMilliseconds(2),
            LongestBackOff = TimeSpan.FromMilliseconds(20),
            Patience = TimeSpan.FromSeconds(20),
        };
        Options = change?.Invoke(options) ?? options;
    }

    public string Folder { get; }

    public HubOptions Options { get; }

    public HubCache Cache => new(Options);

    public static ModelReference Model { get; } = ModelReference.Parse(HubServerFixture.Repo);

    public Puller Puller(Func<HubOptions, HubOptions>? change = null)
    {
        var puller = new Puller(change?.Invoke(Options) ?? Options);
        _pullers.Add(puller);
        return puller;
    }

    /// <summary>Plans, pulls and waits to the end.</summary>
    public async Task<PullResult> PullAsync(ModelReference? reference = null, PullOptions? options = null)
    {
        using var puller = Puller();
        return await puller.Start(await puller.PlanAsync(reference ?? Model, options)).Completion.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>The bytes that a snapshot shows for a file.</summary>
    public static byte[] Shown(PullResult result, string path) => File.ReadAllBytes(Path.Combine([result.SnapshotFolder, .. path.Split('/')]));

    public string BlobFolder => Path.Combine(Options.CacheFolder, "models--org--model", "blobs");

    public void Dispose()
    {
        foreach (var puller in _pullers) puller.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
