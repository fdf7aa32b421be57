using Exo.Hub;
using Exo.Hub.Pulls;
using Exo.Hub.Slices;
using Exo.Tests.Hub.Server;
using Exo.Tests.Hub.Slices;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Api.Mirror;

/// <summary>Exo's own puller against a mirror: as its hub, as its peer, and while the mirror's machine is itself still pulling.</summary>
public sealed class MirrorPullTests
{
    [Fact]
    public async Task Pull_WithTheMirrorAsHub_BringsTheModel()
    {
        using var store = new MirrorStore().Fill();
        await using var mirror = await MirrorServer.StartAsync(store.Options);
        using var machine = new Machine(mirror.Endpoint);

        var result = await machine.PullAsync();

        Assert.Equal(MirrorStore.Commit, result.Commit);
        foreach (var path in new[] { "config.json", "sub/two words.txt", "model.safetensors" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(store.Snapshot, path)), File.ReadAllBytes(Path.Combine(result.SnapshotFolder, path)));
    }

    [Fact]
    public async Task Pull_OfWhatTheMirrorLacks_SaysWhatTheMirrorSays()
    {
        using var store = new MirrorStore().Fill();
        await using var mirror = await MirrorServer.StartAsync(store.Options);
        using var puller = new Puller(store.Options with { Endpoint = new Uri(mirror.Endpoint) });

        var failure = await Assert.ThrowsAsync<HubException>(() => puller.PlanAsync(ModelReference.Parse("org/other")));

        Assert.Equal(HubError.RepositoryNotFound, failure.Error);
        Assert.Equal($"org/other is not on {new Uri(mirror.Endpoint).Authority}: This mirror does not hold the model. Pull it on the mirror's machine, or unset HF_ENDPOINT.", failure.Message);
    }

    [Fact]
    public async Task Pull_FromAMirrorOfAMirror_BringsTheModel()
    {
        using var store = new MirrorStore().Fill();
        await using var first = await MirrorServer.StartAsync(store.Options);
        using var middle = new Machine(first.Endpoint);
        await middle.PullAsync();
        await using var second = await MirrorServer.StartAsync(middle.Options);
        using var last = new Machine(second.Endpoint);

        var result = await last.PullAsync();

        Assert.Equal(Large().Content.ToArray(), File.ReadAllBytes(Path.Combine(result.SnapshotFolder, "model.safetensors")));
        Assert.Equal(MirrorStore.Commit, result.Commit);
    }

    [Fact]
    public async Task Pull_WithTheMirrorAsPeer_TakesItsBytesAndSparesTheHub()
    {
        await using var hub = await HubServer.StartAsync();
        hub.Add("org/model", Large(3_000_000), Text("config.json"));
        using var first = new Machine(hub.Endpoint);
        await first.PullAsync();
        await using var mirror = await MirrorServer.StartAsync(first.Options);
        hub.Ledger.Clear();
        using var second = new Machine(hub.Endpoint, new Uri(mirror.Endpoint));

        var result = await second.PullAsync();

        Assert.Equal(Large(3_000_000).Content.ToArray(), File.ReadAllBytes(Path.Combine(result.SnapshotFolder, "model.safetensors")));
        Assert.Equal(0, hub.Ledger.BytesSent(Weights));
    }

    [Fact]
    public async Task Pull_FromAMirrorWhoseFileIsSpoiled_NamesItsMachineAndWhatToDoThere()
    {
        using var store = new MirrorStore().Fill();
        Spoil(Path.Combine(store.Folder, "blobs", Large().Sha256));
        await using var mirror = await MirrorServer.StartAsync(store.Options);
        using var machine = new Machine(mirror.Endpoint);

        var failure = await Assert.ThrowsAsync<HubException>(machine.PullAsync);

        var host = new Uri(mirror.Endpoint).Authority;
        Assert.Equal(HubError.HashMismatch, failure.Error);
        Assert.Contains($"with the very same bytes: {host} does not hold the file it announces", failure.Message);
        Assert.EndsWith($"Run 'exo verify org/model' on {host}, which says whether its copy is spoiled and how to mend it, then pull again.", failure.Message);
    }

    [Fact]
    public async Task Pull_FromASpoiledPeerWithTheHubGone_NamesThePeer()
    {
        using var store = new MirrorStore().Fill();
        Spoil(Path.Combine(store.Folder, "blobs", Large().Sha256));
        await using var mirror = await MirrorServer.StartAsync(store.Options);
        using var machine = new Machine("http://127.0.0.1:9", new Uri(mirror.Endpoint), change: options => options with { MaxAttempts = 1, Patience = TimeSpan.FromMilliseconds(600) });

        var failure = await Assert.ThrowsAsync<HubException>(machine.PullAsync);

        Assert.Contains("127.0.0.1:9 cannot be reached", failure.Message);
        Assert.Contains($"A mirror gave wrong bytes for it, which were dropped. Run 'exo verify org/model' on {new Uri(mirror.Endpoint).Authority},", failure.Message);
    }

    [Fact]
    public async Task Slice_FromAMirrorWhoseFileIsSpoiled_NamesItsMachine()
    {
        const string file = "model-00002-of-00002.safetensors";
        var model = new FakeModel { Layers = 6, HiddenSize = 128, LargestFile = 700_000 };
        await using var hub = await LayerSlicerTests.StartAsync(model);
        using var first = new Machine(hub.Endpoint);
        var pulled = await first.PullAsync();
        Spoil(new FileInfo(Path.Combine(pulled.SnapshotFolder, file)).ResolveLinkTarget(returnFinalTarget: true)!.FullName);
        await using var mirror = await MirrorServer.StartAsync(first.Options);
        using var second = new SliceNode(mirror.Endpoint);

        var failure = await Assert.ThrowsAsync<HubException>(() => second.FetchAsync(new LayerSlice(0, model.Layers, WithEmbedding: true, WithHead: true)));

        Assert.Equal(HubError.HashMismatch, failure.Error);
        Assert.Contains($"Run 'exo verify org/model' on {new Uri(mirror.Endpoint).Authority},", failure.Message);
    }

    [Fact]
    public async Task Slice_WithTheHubGone_IsCutFromAPeersWholeModel()
    {
        var model = new FakeModel { Layers = 6, LargestFile = 200_000 };
        var hub = await LayerSlicerTests.StartAsync(model);
        using var first = new Machine(hub.Endpoint);
        await first.PullAsync();
        await hub.DisposeAsync();
        await using var mirror = await MirrorServer.StartAsync(first.Options);
        using var second = new SliceNode(hub.Endpoint, options => options with { Peers = [new Uri(mirror.Endpoint)], MaxAttempts = 1 });
        var slice = new LayerSlice(2, 4, WithHead: true);

        SliceAssert.Holds(await second.FetchAsync(slice), model, slice);
    }

    [Fact]
    public async Task File_StillLoading_IsServedByRangeAndNeverWhole()
    {
        // Half of it comes, then the hub falls silent.
        await using var hub = await HubServer.StartAsync(new HubServerOptions { Faults = FaultPlan.After(4, Fault.Silence, FaultScope.Content, Weights) });
        hub.Add("org/model", Large(800_000), Text("config.json"));
        using var machine = new Machine(hub.Endpoint, connections: 1);
        var plan = await machine.Puller.PlanAsync(ModelReference.Parse("org/model"));
        var pull = machine.Puller.Start(plan);
        await hub.Ledger.WhenAsync(1, request => request.Fault == Fault.Silence);
        await using var mirror = await MirrorServer.StartAsync(machine.Options);
        using var client = OpenClient();
        var address = $"{mirror.Endpoint}/org/model/resolve/{plan.Model.Commit}/model.safetensors";

        using var landed = await client.AskAsync(address, "1000-199999");
        using var missing = await client.AskAsync(address, "700000-700009");
        using var whole = await client.AskAsync(address);
        using var head = await client.AskAsync(address, method: HttpMethod.Head);
        using var facts = await client.AskAsync($"{mirror.Endpoint}/api/models/org/model/revision/{plan.Model.Commit}");
        pull.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull.Completion);

        Assert.Equal(206, (int)landed.StatusCode);
        Assert.Equal(Large(800_000).Slice(1000, 199_000), await landed.Content.ReadAsByteArrayAsync());
        Assert.Equal(416, (int)missing.StatusCode);
        Assert.All([whole, head, facts], answer => Assert.Equal(404, (int)answer.StatusCode));
        Assert.StartsWith("This mirror does not hold all of the model yet", facts.Value("X-Error-Message"));
    }

    /// <summary>As a disk does that forgets: the size and the date stay.</summary>
    private static void Spoil(string path)
    {
        var changed = File.GetLastWriteTimeUtc(path);
        using (var file = File.OpenHandle(path, access: FileAccess.ReadWrite)) RandomAccess.Write(file, new byte[] { 1, 2, 3 }, 150_000);
        File.SetLastWriteTimeUtc(path, changed);
    }

    private sealed class Machine : IDisposable
    {
        private readonly string _root = Directory.CreateTempSubdirectory("exo-machine-").FullName;

        public Machine(string endpoint, Uri? peer = null, int connections = 4, Func<HubOptions, HubOptions>? change = null)
        {
            var options = new HubOptions
            {
                Endpoint = new Uri(endpoint), Peers = peer is null ? [] : [peer], CacheFolder = Path.Combine(_root, "hub"),
                RangeByteCount = 128 << 10, MaxConnections = connections, FreeSpaceMargin = 0, FirstBackOff = TimeSpan.FromMilliseconds(1),
            };
            Options = change?.Invoke(options) ?? options;
            Puller = new Puller(Options);
        }

        public HubOptions Options { get; }

        public Puller Puller { get; }

        public async Task<PullResult> PullAsync() =>
            await Puller.Start(await Puller.PlanAsync(ModelReference.Parse("org/model"))).Completion.WaitAsync(TimeSpan.FromSeconds(60));

        public void Dispose()
        {
            Puller.Dispose();
            Directory.Delete(_root, recursive: true);
        }
    }
}
