using System.Net;
using System.Text.Json;
using Exo.Hub.Slices;
using Exo.Tests.Hub.Server;
using Exo.Tests.Hub.Slices;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Api.Mirror;

/// <summary>What is not whole is offered by verified ranges alone, and machines with slices feed each other.</summary>
public sealed class MirrorRangesTests
{
    private static readonly FakeModel Model = new() { Layers = 12, LargestFile = 200_000 };

    [Fact]
    public async Task Slice_OnAMirror_IsServedByVerifiedRangesAndNeverWhole()
    {
        await using var hub = await LayerSlicerTests.StartAsync(Model);
        using var node = new SliceNode(hub.Endpoint);
        var stored = await node.FetchAsync(new LayerSlice(0, 3));
        await using var mirror = await MirrorServer.StartAsync(node.Options, node.Slicer.Store);
        using var client = OpenClient();
        var file = Model.Files().First(LayerSlicerTests.IsWeights);
        var held = stored.Files.First(here => here.Path == file.Path).Verified!;
        var inside = held[held.Count - 1];
        var address = $"{mirror.Endpoint}/org/model/resolve/{stored.Commit}/{file.Path}";

        using var part = await client.AskAsync(address, $"{inside.Start}-{inside.End - 1}");
        using var wider = await client.AskAsync(address, $"{inside.Start - 1}-{inside.End - 1}");
        using var whole = await client.AskAsync(address);
        using var head = await client.AskAsync(address, method: HttpMethod.Head);
        using var facts = await client.AskAsync($"{mirror.Endpoint}/api/models/org/model");

        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(file.Slice(inside.Start, (int)inside.Length), await part.Content.ReadAsByteArrayAsync());
        Assert.Equal($"\"{file.Sha256}\"", part.Value("X-Linked-Etag"));
        Assert.Equal(stored.Commit, part.Value("X-Repo-Commit"));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, wider.StatusCode);
        Assert.Equal($"bytes */{file.Size}", wider.Value("Content-Range"));
        Assert.All([whole, head, facts], answer => Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode));
    }

    [Fact]
    public async Task Range_DamagedOnTheDisk_IsNotServed()
    {
        await using var hub = await LayerSlicerTests.StartAsync(Model);
        using var node = new SliceNode(hub.Endpoint);
        var stored = await node.FetchAsync(new LayerSlice(0, 3));
        await using var mirror = await MirrorServer.StartAsync(node.Options, node.Slicer.Store);
        using var client = OpenClient();
        var file = stored.Files.First(here => here.Verified is not null);
        var range = file.Verified![file.Verified!.Count - 1];
        Spoil(file.DiskPath, range.Start + 5);

        using var answer = await client.AskAsync($"{mirror.Endpoint}/org/model/resolve/{stored.Commit}/{file.Path}", $"{range.Start}-{range.Start + 9}");

        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, answer.StatusCode);
    }

    [Fact]
    public async Task Ranges_OfASlice_ListHashesAndSources()
    {
        await using var hub = await LayerSlicerTests.StartAsync(Model);
        using var node = new SliceNode(hub.Endpoint);
        var stored = await node.FetchAsync(new LayerSlice(0, 3));
        await using var mirror = await MirrorServer.StartAsync(node.Options, node.Slicer.Store);
        using var client = OpenClient();
        var file = Model.Files().First(LayerSlicerTests.IsWeights);

        var listing = JsonSerializer.Deserialize(await client.GetStringAsync($"{mirror.Endpoint}/exo/ranges/org%2Fmodel/main/{file.Path}"), RangeListingJson.Default.RangeListing)!;

        Assert.False(listing.IsWhole);
        Assert.Equal((file.Size, file.Sha256), (listing.ByteCount, listing.Hash));
        Assert.Equal(stored.Files.First(here => here.Path == file.Path).Verified!.ByteCount, listing.Ranges.Sum(range => range.Length));
        foreach (var range in listing.Ranges)
        {
            Assert.InRange(range.Length, 1, 8 << 20);
            Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file.Slice(range.Start, (int)range.Length))), range.Sha256);
            Assert.False(range.FromPeer);
            Assert.Equal(new Uri(hub.Endpoint).Authority, range.Source);
        }
    }

    [Fact]
    public async Task Ranges_OfAWholeFile_SayThatItIsWhole()
    {
        using var store = new MirrorStore().Fill();
        await using var mirror = await MirrorServer.StartAsync(store.Options);
        using var client = OpenClient();

        var listing = JsonSerializer.Deserialize(await client.GetStringAsync($"{mirror.Endpoint}/exo/ranges/org%2Fmodel/main/sub/two%20words.txt"), RangeListingJson.Default.RangeListing)!;

        Assert.True(listing.IsWhole);
        Assert.Equal(5, listing.ByteCount);
    }

    [Fact]
    public async Task Fetch_WithAPeerThatHoldsAPart_AsksTheHubForTheRest()
    {
        await using var hub = await LayerSlicerTests.StartAsync(Model, new HubServerOptions { Tokens = new Dictionary<string, string[]> { ["hf_secret"] = [] } });
        using var first = new SliceNode(hub.Endpoint);
        await first.FetchAsync(new LayerSlice(0, 6));
        await using var mirror = await MirrorServer.StartAsync(first.Options, first.Slicer.Store);
        using var second = new SliceNode(hub.Endpoint, options => options with { Peers = [new Uri(mirror.Endpoint)], Token = "hf_secret", MaxConnections = 1 });
        var slice = new LayerSlice(3, 9);
        var map = await second.Slicer.MapAsync(SliceNode.Model);
        hub.Ledger.Clear();

        var pull = second.Slicer.Start(SlicePlan.Make(map, slice));
        SliceAssert.Holds(await pull.Completion.WaitAsync(TimeSpan.FromSeconds(60)), Model, slice);

        // All that the peer holds comes from it: layers, headers, small files, and what the first machine read between them.
        var shared = map.ByteCount(new LayerSlice(3, 6));
        Assert.InRange(pull.Progress.BytesFromPeers, shared, (shared + map.Files.Sum(file => file.HeaderByteCount)) * 1.02 + pull.Plan.SmallByteCount);
        var fromHub = hub.Ledger.Requests.Where(request => request.File?.EndsWith(".safetensors", StringComparison.Ordinal) is true).Sum(request => request.BytesSent);
        Assert.Equal(pull.Plan.WantedByteCount + pull.Plan.SmallByteCount, fromHub + pull.Progress.BytesFromPeers);
        Assert.All(mirror.Requests, request => Assert.Equal("", request.Authorization));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fetch_ByMachinesThatNameEachOther_AsksTheHubOnceForEachByte(bool tied)
    {
        var model = Model with { Tied = tied };
        await using var hub = await LayerSlicerTests.StartAsync(model);
        using var first = new SliceNode(hub.Endpoint, options => options with { MaxConnections = 1 });
        using var second = new SliceNode(hub.Endpoint, options => options with { MaxConnections = 1 });
        await using var mirror = await MirrorServer.StartAsync(first.Options, first.Slicer.Store);
        IReadOnlyList<PeerMirror> mirrors = [new(new Uri(mirror.Endpoint), "a key of the cluster")];
        var (head, tail) = (new LayerSlice(0, 5, WithEmbedding: true), new LayerSlice(5, model.Layers, WithHead: true));

        await first.Slicer.Start(SlicePlan.Make(await first.Slicer.MapAsync(SliceNode.Model), head, exact: true)).Completion;
        var map = await second.Slicer.MapAsync(SliceNode.Model, mirrors);
        var stored = await second.Slicer.Start(SlicePlan.Make(map, tail, exact: true), mirrors: mirrors).Completion.WaitAsync(TimeSpan.FromSeconds(60));

        SliceAssert.Holds(stored, model, tail);
        foreach (var file in model.Files().Where(file => file.Path != "README.md"))
            Assert.Equal((file.Path, file.Size), (file.Path, hub.Ledger.BytesSent("org/model/" + file.Path)));
        Assert.All(mirror.Requests, request => Assert.Equal("Bearer a key of the cluster", request.Authorization));
    }

    [Fact]
    public async Task Fetch_FromALyingPeer_IsMendedWhereAnotherContradictsIt()
    {
        await using var hub = await LayerSlicerTests.StartAsync(Model);
        using var honest = new SliceNode(hub.Endpoint);
        using var liar = new SliceNode(hub.Endpoint);
        var slice = new LayerSlice(2, 5);
        await honest.FetchAsync(slice);
        var spoilt = await liar.FetchAsync(slice);
        foreach (var file in spoilt.Files.Where(file => file.Verified is not null)) Lie(file);
        await using var good = await MirrorServer.StartAsync(honest.Options, honest.Slicer.Store);
        await using var bad = await MirrorServer.StartAsync(liar.Options, liar.Slicer.Store);

        using var node = new SliceNode(hub.Endpoint, options => options with { Peers = [new Uri(bad.Endpoint), new Uri(good.Endpoint)] });
        var stored = await node.FetchAsync(slice);

        Assert.Contains(bad.Requests, request => request.Bytes > 1000 && request.Path.Contains("resolve"));
        SliceAssert.Holds(stored, Model, slice);
    }

    [Fact]
    public async Task Fetch_FromAPeerThatIsGone_GoesToTheHub()
    {
        await using var hub = await LayerSlicerTests.StartAsync(Model);
        using var node = new SliceNode(hub.Endpoint, options => options with { Peers = [new Uri("http://127.0.0.1:9")] });
        var slice = new LayerSlice(0, 2, WithEmbedding: true);

        SliceAssert.Holds(await node.FetchAsync(slice), Model, slice);
    }

    private static void Spoil(string path, long position)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        var one = new byte[1];
        RandomAccess.Read(handle, one, position);
        one[0] ^= 1;
        RandomAccess.Write(handle, one, position);
    }

    /// <summary>Changes a byte of each tensor range and the journal with it, so that the peer's own account is consistent.</summary>
    private static void Lie(Exo.Hub.Store.StoredFile file)
    {
        var path = file.DiskPath + ".journal";
        var contents = Exo.Hub.Transfer.RangeJournal.Read(path)!;
        foreach (var record in contents.Records.Skip(1)) Spoil(file.DiskPath, record.Range.Start + record.Range.Length / 2);
        File.Delete(path);
        using var journal = Exo.Hub.Transfer.RangeJournal.Open(path, contents.FileByteCount, contents.DigestKind, contents.ETag, out _);
        foreach (var record in contents.Records)
        {
            var bytes = new byte[record.Range.Length];
            using var handle = File.OpenHandle(file.DiskPath);
            RandomAccess.Read(handle, bytes, record.Range.Start);
            journal.Land(record with { Digest = System.Security.Cryptography.SHA256.HashData(bytes) });
        }
    }
}
