using Exo.Hub;
using Exo.Hub.Protocol;
using Exo.Hub.Pulls;
using Exo.Hub.Store;
using Exo.Hub.Transfer;
using Exo.Tests.Hub.Server;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Hub.Store;

/// <summary>Removing one quantisation, or one revision, of a repository in which pulls were interrupted.</summary>
public sealed class VariantRemovalTests
{
    private static readonly ServedFile Readme = Text("README.md", "#");
    private static readonly ServedFile Four = Weight("m-Q4_K_M.gguf", 1);
    private static readonly ServedFile Eight = Weight("m-Q8_0.gguf", 2);
    private static readonly ModelReference Q4 = ModelReference.Parse(Repo + ":q4_k_m");
    private static readonly ModelReference Q8 = ModelReference.Parse(Repo + ":q8_0");

    [Fact]
    public async Task Remove_OfAHalfFetchedQuantisation_TakesItsPartAndKeepsTheWholeOne()
    {
        await using var hub = await StartAsync(Readme, Four, Eight);
        using var room = new HubRoom(hub);
        await room.PullAsync(Q4);
        Begin(room, Eight, 2000);

        var removed = room.Cache.Remove(Q8, allRevisions: true);

        Assert.Equal(2000, removed.BytesFreed);
        Assert.Single(removed.Models);
        Assert.Empty(Halves(room));
        Assert.NotNull(room.Cache.Find(Q4));
    }

    [Fact]
    public async Task Remove_OfAQuantisationHalfOfWhosePartsCame_TakesBoth()
    {
        ServedFile second = Weight("m-Q8_0-00002-of-00002.gguf", 3);
        await using var hub = await StartAsync(Readme, Four, Weight("m-Q8_0-00001-of-00002.gguf", 2), second);
        using var room = new HubRoom(hub);
        await room.PullAsync(Q4);
        await room.PullAsync(Q8);
        File.Delete(Path.Combine(room.BlobFolder, second.Sha256));
        File.Delete(Path.Combine(room.Cache.List().Single().SnapshotFolder, second.Path));
        Begin(room, second, 2000);

        Assert.Equal(300_000 + 2000, room.Cache.Remove(Q8, allRevisions: true).BytesFreed);

        Assert.Empty(Halves(room));
        Assert.Equal([Readme.Path, Four.Path], room.Cache.List().Single().Files.Select(file => file.Path));
    }

    [Fact]
    public async Task Remove_OfTheOnlyWholeQuantisation_KeepsTheOtherOnesHalf()
    {
        await using var hub = await StartAsync(Readme, Four, Eight);
        using var room = new HubRoom(hub);
        await room.PullAsync(Q8);
        Begin(room, Four, 2000);

        room.Cache.Remove(Q8, allRevisions: true);

        Assert.Equal(2, Halves(room).Length);
        Assert.Null(room.Cache.Find(Q8));
    }

    [Fact]
    public async Task Remove_OfAHalfThatAnotherQuantisationShares_KeepsIt()
    {
        await using var hub = await StartAsync(Readme, Four, Eight, new ServedFile("m-F16.gguf", Eight.Content) { IsLfs = true });
        using var room = new HubRoom(hub);
        await room.PullAsync(Q4);
        Begin(room, Eight, 2000);

        Assert.Equal(0, room.Cache.Remove(Q8, allRevisions: true).BytesFreed);

        Assert.Equal(2, Halves(room).Length);
    }

    [Fact]
    public async Task Remove_OfAHalfThatAnotherProcessPulls_SaysBusyAndTakesNothing()
    {
        await using var hub = await StartAsync(Readme, Four, Eight);
        using var room = new HubRoom(hub);
        await room.PullAsync(Q4);
        var hash = Begin(room, Eight, 2000);
        using var pulling = StoreLock.TryTake(room.Cache.Reader(Repo).Layout.Lock(hash), TimeProvider.System);

        Assert.Equal(HubError.Busy, Assert.Throws<HubException>(() => room.Cache.Remove(Q8, allRevisions: true)).Error);
        Assert.Equal(HubError.Busy, Assert.Throws<HubException>(() => new HalfFetched(room.Cache.Reader(Repo).Layout, [hash], TimeProvider.System)).Error);

        Assert.Equal(2, Halves(room).Length);
    }

    [Fact]
    public async Task Remove_WhileAnotherQuantisationIsPulled_TakesItAllTheSame()
    {
        await using var hub = await StartAsync(Readme, Four, Eight);
        using var room = new HubRoom(hub);
        await room.PullAsync(Q8);
        var hash = Begin(room, Four, 2000);
        using var pulling = StoreLock.TryTake(room.Cache.Reader(Repo).Layout.Lock(hash), TimeProvider.System);

        Assert.Equal(300_000, room.Cache.Remove(Q8, allRevisions: true).BytesFreed);

        Assert.Equal(2, Halves(room).Length);
        Assert.Equal(Readme.Path, Assert.Single(room.Cache.List().Single().Files).Path);
    }

    [Fact]
    public async Task Remove_OfTheOnlyQuantisation_WhileAFileBesideItIsPulled_SaysBusy()
    {
        var words = Weight("tokenizer.model", 3);
        await using var hub = await StartAsync(words, Eight);
        using var room = new HubRoom(hub);
        await room.PullAsync(Q8, new PullOptions { Exclude = [words.Path] });
        var hash = Begin(room, words, 2000);
        using var pulling = StoreLock.TryTake(room.Cache.Reader(Repo).Layout.Lock(hash), TimeProvider.System);

        Assert.Equal(HubError.Busy, Assert.Throws<HubException>(() => room.Cache.Remove(Q8, allRevisions: true)).Error);

        Assert.NotEmpty(room.Cache.List().Single().Files);
    }

    [Fact]
    public async Task Remove_OfAPullThatWasStoppedBeforeAnyFileWasWhole_LeavesNothing()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 200_000 });
        hub.Add(Repo, Weight("m-Q8_0.gguf", 2, 2_000_000));
        using var room = new HubRoom(hub);
        using (var puller = room.Puller())
        {
            var pull = puller.Start(await puller.PlanAsync(Q8));
            await hub.Ledger.WhenAsync(2, request => request.File is not null);
            pull.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull.Completion);
        }

        room.Cache.Remove(Q8, allRevisions: true);

        Assert.False(Directory.Exists(Path.Combine(room.Options.CacheFolder, "models--org--model")));
    }

    [Fact]
    public async Task Remove_OfOneQuantisationAtOneRevision_KeepsWhatTheOtherRevisionShows()
    {
        await using var hub = await HubServer.StartAsync();
        var repository = hub.Add(Repo, Readme, Four, Eight);
        using var room = new HubRoom(hub);
        var first = await room.PullAsync(Q8);
        await room.PullAsync(Q4);
        repository.Commit("main", Text("README.md", "# new"), Four, Eight);
        await room.PullAsync(Q8);

        Assert.Equal(0, room.Cache.Remove(Q8.At(first.Commit)).BytesFreed);

        Assert.NotNull(room.Cache.Find(Q8));
        Assert.Null(room.Cache.Find(Q8.At(first.Commit)));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 2)] // The other revision's pull may have begun it.
    public async Task Remove_OfARevision_TakesTheHalvesThatNoOtherNames(bool isNamedByOther, int left)
    {
        await using var hub = await HubServer.StartAsync();
        var repository = hub.Add(Repo, Readme, Four, Eight);
        using var room = new HubRoom(hub);
        var first = await room.PullAsync(Q4);
        Begin(room, Eight, 2000);
        repository.Commit("main", isNamedByOther ? [Text("README.md", "# new"), Four, Eight] : [Text("README.md", "# new"), Four]);
        await room.PullAsync(Q4);

        room.Cache.Remove(ModelReference.Parse($"{Repo}@{first.Commit}"));

        Assert.Equal(left, Halves(room).Length);
        Assert.NotNull(room.Cache.Find(Q4));
    }

    private static async Task<HubServer> StartAsync(params ServedFile[] files)
    {
        var hub = await HubServer.StartAsync();
        hub.Add(Repo, files);
        return hub;
    }

    private static ServedFile Weight(string path, ulong seed, long size = 300_000) => new(path, new SeededContent(seed, size)) { IsLfs = true };

    private static string[] Halves(HubRoom room) => Directory.GetFiles(room.BlobFolder, "*.incomplete*");

    /// <summary>As a killed pull leaves a file of which so many bytes have come.</summary>
    private static ContentHash Begin(HubRoom room, ServedFile file, int landed)
    {
        Assert.True(ContentHash.TryParse(file.Sha256, out var hash));
        var layout = room.Cache.Reader(Repo).Layout;
        File.WriteAllBytes(layout.Partial(hash), new byte[file.Size]);
        using var journal = RangeJournal.Open(layout.Journal(hash), file.Size, RangeDigestKind.Crc32C, hash.Text, out _);
        journal.Land(new LandedRange(new ByteRange(1000, landed), new byte[4], "hub", false));
        return hash;
    }
}
