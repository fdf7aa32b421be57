using Exo.Hub;
using Exo.Hub.Protocol;
using Exo.Hub.Pulls;
using Exo.Hub.Store;
using Exo.Tests.Hub.Server;
using static Exo.Tests.Hub.HubRoom;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Hub.Store;

/// <summary>The store read back: what is whole, what is shared, what a removal frees, what a check finds, what a trick gets.</summary>
public sealed class HubCacheTests : IDisposable
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly string _folder = Directory.CreateTempSubdirectory("exo-store-").FullName;

    private HubCache Cache => new(new HubOptions { CacheFolder = _folder, FreeSpaceMargin = 0 });

    [Fact]
    public void List_OfNoStore_IsEmpty()
    {
        var cache = new HubCache(new HubOptions { CacheFolder = Path.Combine(_folder, "none") });
        Assert.Empty(cache.List());
        Assert.Null(cache.Find(Model));
        Assert.Equal(0, cache.DiskUse().BlobBytes);
    }

    [Theory]
    [InlineData("config.json model.safetensors", true)]
    [InlineData("config.json", false)]
    [InlineData("model.safetensors", false)]
    [InlineData("config.json model-00001-of-00002.safetensors", false)]
    [InlineData("model-Q4_K_M.gguf", true)]
    [InlineData("mmproj-F16.gguf", false)]
    [InlineData("model-Q4_K_M-00002-of-00002.gguf", false)]
    [InlineData("model-Q4_K_M-00001-of-00002.gguf model-Q4_K_M-00002-of-00002.gguf", true)]
    [InlineData("model-Q4_K_M-00001-of-00002.gguf model-Q8_0.gguf", true)] // One whole quantisation will do.
    public void Find_OfWhatPythonFetched_TellsWholeFromHalf(string files, bool isWhole)
    {
        Python("org/model", Commit, files.Split(' '));
        Assert.Equal(isWhole, Cache.Find(Model) is not null);
        Assert.Equal(isWhole, Cache.List().Single().IsComplete);
    }

    [Theory]
    [InlineData("model-00001-of-00002.safetensors model-00002-of-00002.safetensors", true)]
    [InlineData("model-00001-of-00002.safetensors", false)]
    public void Find_WithAnIndex_WantsEveryPart(string parts, bool isWhole)
    {
        Python("org/model", Commit, ["config.json", .. parts.Split(' ')]);
        Entry("org/model", Commit, "model.safetensors.index.json", """{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}""");
        Assert.Equal(isWhole, Cache.Find(Model) is not null);
    }

    [Fact]
    public async Task Find_AfterAPartOfAPull_IsNotWhole()
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);

        await room.PullAsync(options: new PullOptions { Include = ["config.json"] });

        Assert.Null(room.Cache.Find(Model));
        Assert.False(room.Cache.List().Single().IsComplete);
    }

    [Fact]
    public async Task Find_WhenABlobIsCut_IsNotWholeAndAPullMendsIt()
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);
        await room.PullAsync();
        File.WriteAllBytes(Path.Combine(room.BlobFolder, Large().Sha256), new byte[10]);
        Assert.Null(room.Cache.Find(Model));

        var result = await room.PullAsync();

        Assert.Equal(Large().Content.ToArray(), Shown(result, "model.safetensors"));
    }

    [Fact]
    public async Task Verify_FindsTheWrongByteAndTheMissingFile()
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);
        var result = await room.PullAsync();
        Assert.All(await Verify(room.Cache), file => Assert.Equal(FileCheck.Good, file.Check));

        using (var blob = File.OpenHandle(Path.Combine(room.BlobFolder, Large().Sha256), access: FileAccess.ReadWrite)) RandomAccess.Write(blob, new byte[] { 1, 2, 3 }, 150_000);
        File.Delete(Path.Combine(result.SnapshotFolder, "config.json"));
        var files = await Verify(room.Cache);

        Assert.Equal([("model.safetensors", FileCheck.Wrong), ("sub/two words.txt", FileCheck.Good), ("config.json", FileCheck.Missing)], files.Select(file => (file.Path, file.Check)));
        Assert.Equal(HubError.NotInStore, Assert.Throws<HubException>(() => room.Cache.VerifyAsync(ModelReference.Parse("org/none"))).Error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // As where the system has no links.
    public async Task Verify_OfASpoiledFile_HasTheNextPullMendIt(bool isCopy)
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);
        var pulled = await room.PullAsync();
        var spoiled = Path.Combine(room.BlobFolder, Large().Sha256);
        if (isCopy) File.Move(spoiled, spoiled = Path.Combine(pulled.SnapshotFolder, "model.safetensors"), overwrite: true);
        using (var file = File.OpenHandle(spoiled, access: FileAccess.ReadWrite)) RandomAccess.Write(file, new byte[] { 1, 2, 3 }, 150_000);

        Assert.Equal(FileCheck.Wrong, (await Verify(room.Cache)).Single(file => file.Path == "model.safetensors").Check);
        Assert.Null(room.Cache.Find(Model));
        var result = await room.PullAsync();

        Assert.Equal(Large().Content.ToArray(), Shown(result, "model.safetensors"));
        Assert.All(await Verify(room.Cache), file => Assert.Equal(FileCheck.Good, file.Check));
        Assert.NotNull(room.Cache.Find(Model));
    }

    [Fact]
    public async Task Verify_OfWhatPythonFetched_FindsTheLinkToNothingAndThePartThatTheIndexNames()
    {
        Python("org/model", Commit, ["config.json", "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors"]);
        Entry("org/model", Commit, "model.safetensors.index.json",
            """{"weight_map":{"a":"model-00001-of-00003.safetensors","b":"model-00002-of-00003.safetensors","c":"model-00003-of-00003.safetensors"}}""");
        var link = new FileInfo(Path.Combine(_folder, "models--org--model", "snapshots", Commit, "model-00002-of-00003.safetensors"));
        link.ResolveLinkTarget(returnFinalTarget: true)!.Delete();

        var files = await Verify(Cache);

        Assert.Equal(["model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors"], files.Where(file => file.Check == FileCheck.Missing).Select(file => file.Path));
        Assert.Equal(HubError.NotInStore, Assert.Throws<HubException>(() => Cache.VerifyAsync(ModelReference.Parse("org/model:Q4_0"))).Error);
    }

    [Theory]
    [InlineData("config.json tokenizer.json", "model.safetensors")]
    [InlineData("model.safetensors", "config.json")]
    [InlineData("config.json model-00001-of-00002.safetensors", "model.safetensors.index.json")]
    [InlineData("config.json model.safetensors.index.json", "model.safetensors.index.json")] // It holds no JSON.
    [InlineData("model-Q4_0-00001-of-00002.gguf", "model-Q4_0-00002-of-00002.gguf")]
    [InlineData("config.json model.safetensors", null)]
    public async Task Verify_OfWhatPythonFetchedInPart_NamesWhatIsMissing(string files, string? missing)
    {
        Python("org/model", Commit, files.Split(' '));
        Assert.Equal(missing, (await Verify(Cache)).SingleOrDefault(file => file.Check == FileCheck.Missing)?.Path);
    }

    [Fact]
    public async Task Verify_OfWhatPythonFetched_NamesTheLinkToNothingAlone()
    {
        Python("org/model", Commit, ["m-Q4_0.gguf", "README.md"]);
        new FileInfo(Path.Combine(_folder, "models--org--model", "snapshots", Commit, "m-Q4_0.gguf")).ResolveLinkTarget(returnFinalTarget: true)!.Delete();

        Assert.Equal("m-Q4_0.gguf", (await Verify(Cache)).Single(file => file.Check == FileCheck.Missing).Path);
    }

    [Theory]
    [InlineData("org/model")]
    [InlineData("org/model@main")]
    public void Remove_OfWhatPythonFetched_LeavesNothing(string name)
    {
        Python("org/model", Commit, ["config.json", "model.safetensors"]);

        Assert.Equal(28, Cache.Remove(ModelReference.Parse(name), allRevisions: !name.Contains('@')).BytesFreed);

        Assert.False(Directory.Exists(Path.Combine(_folder, "models--org--model")));
    }

    [Fact]
    public void Remove_FromAStoreThatMayNotBeWritten_SaysWhatToCheck()
    {
        Python("org/model", Commit, ["config.json"]);
        File.Delete(Path.Combine(_folder, "models--org--model", "refs", "main"));
        var blobs = Path.Combine(_folder, "models--org--model", "blobs");
        var half = Path.Combine(blobs, new string('a', 64) + ".exo.incomplete");
        File.WriteAllBytes(half, []);
        File.WriteAllText(Path.Combine(_folder, ".locks"), "a file where the locks' folder belongs");

        var failure = Assert.Throws<HubException>(() => Cache.Remove(Model, allRevisions: true));

        Assert.Equal(HubError.StoreFailed, failure.Error);
        Assert.Contains("models--org--model", failure.Message);
    }

    [Fact]
    public void Find_OfABranchWhoseNameIsAFolderOfRefs_FindsNothing()
    {
        Python("org/model", Commit, ["config.json", "model.safetensors"]);
        Directory.CreateDirectory(Path.Combine(_folder, "models--org--model", "refs", "pr"));

        Assert.Null(Cache.Find(Model.At("pr")));
    }

    [Fact]
    public void Remove_BesideASnapshotThatIsALink_DoesNotFollowIt()
    {
        Python("org/model", Commit, ["config.json", "model.safetensors"]);
        var outside = Directory.CreateDirectory(Path.Combine(_folder, "outside")).FullName;
        File.WriteAllText(Path.Combine(outside, "mine"), "mine");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "models--org--model", "snapshots", new string('e', 40)), outside);

        Cache.Remove(Model, allRevisions: true);

        Assert.Equal("mine", File.ReadAllText(Path.Combine(outside, "mine")));
        Assert.Empty(Cache.List());
    }

    [Fact]
    public async Task List_OfAPullThatWasStoppedBeforeAnyFileWasWhole_ShowsIt()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 200_000 });
        hub.Add(Repo, Large(2_000_000));
        using var room = new HubRoom(hub);
        using (var puller = room.Puller())
        {
            var pull = puller.Start(await puller.PlanAsync(Model));
            await hub.Ledger.WhenAsync(8, request => request.File == Weights);
            pull.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull.Completion);
        }

        var model = room.Cache.List().Single();

        Assert.False(model.IsComplete);
        Assert.Equal(room.Cache.DiskUse().PartialBytes, model.ByteCount);
        Assert.True(model.ByteCount > 0);
    }

    [Fact]
    public async Task Verify_OfALargeFile_TellsOfItsPieces()
    {
        await using var hub = await HubServer.StartAsync();
        hub.Add(Repo, Large(3_000_000));
        using var room = new HubRoom(hub);
        await room.PullAsync();
        var pieces = new List<int>();

        await foreach (var file in room.Cache.VerifyAsync(Model, pieces.Add)) Assert.Equal(FileCheck.Good, file.Check);

        Assert.Equal(3_000_000, pieces.Sum());
        Assert.True(pieces.Count >= 3);
    }

    [Fact]
    public async Task List_OfAHalfFetchedModel_CountsWhatHasCome()
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);
        await room.PullAsync(options: new PullOptions { Include = ["config.json"] });
        var before = room.Cache.List().Single().ByteCount;
        Assert.True(ContentHash.TryParse(Large().Sha256, out var hash));
        var layout = room.Cache.Reader(Repo).Layout;
        File.WriteAllBytes(layout.Partial(hash), new byte[300_000]);
        using (var journal = Exo.Hub.Transfer.RangeJournal.Open(layout.Journal(hash), 300_000, Exo.Hub.Transfer.RangeDigestKind.Crc32C, hash.Text, out _))
        {
            journal.Land(new Exo.Hub.Transfer.LandedRange(new Exo.Hub.Transfer.ByteRange(1000, 2000), new byte[4], "hub", false));
        }

        Assert.Equal(before + 2000, room.Cache.List().Single().ByteCount);
    }

    [Fact]
    public async Task List_OfADoubtfulFileWhoseLockMayNotBeTaken_IsIncomplete()
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);
        await room.PullAsync();
        Assert.True(ContentHash.TryParse(Large().Sha256, out var hash));
        var layout = room.Cache.Reader(Repo).Layout;
        File.WriteAllBytes(layout.Journal(hash), []);
        File.Delete(layout.Lock(hash));
        Directory.CreateDirectory(layout.Lock(hash)); // Refused as a file that another user owns is.

        Assert.False(room.Cache.List().Single().IsComplete);
    }

    [Fact]
    public async Task Remove_OfOneRevision_KeepsWhatTheOtherShows()
    {
        await using var hub = await HubServer.StartAsync();
        var repository = hub.Add(Repo, Large(), Text("config.json", "{}"));
        using var room = new HubRoom(hub);
        var first = await room.PullAsync();
        repository.Commit("main", Large(), Text("config.json", """{"new":1}"""));
        await room.PullAsync();

        var removed = room.Cache.Remove(Model.At(first.Commit));

        Assert.Equal(2, removed.BytesFreed);
        Assert.Equal([$"{Repo}@{first.Commit}"], removed.Models);
        Assert.NotNull(room.Cache.Find(Model));
        Assert.Equal(300_009, room.Cache.DiskUse().BlobBytes);
        Assert.Equal(300_009, room.Cache.Remove(Model).BytesFreed);
        Assert.Empty(room.Cache.List());
        Assert.Equal(HubError.NotInStore, Assert.Throws<HubException>(() => room.Cache.Remove(Model)).Error);
    }

    [Fact]
    public async Task Remove_OfOneQuantisation_KeepsTheOthers()
    {
        await using var hub = await HubServer.StartAsync();
        hub.Add(Repo, Text("README.md", "#"), Text("m-Q4_K_M.gguf", "four"), Text("m-Q8_0-00001-of-00002.gguf", "eight"), Text("m-Q8_0-00002-of-00002.gguf", "more"));
        using var room = new HubRoom(hub);
        var (q4, q8) = (ModelReference.Parse(Repo + ":q4_k_m"), ModelReference.Parse(Repo + ":q8_0"));
        await room.PullAsync(q4);
        await room.PullAsync(q8);

        Assert.Equal(HubError.NotInStore, Assert.Throws<HubException>(() => room.Cache.Remove(ModelReference.Parse(Repo + ":q6_k"), allRevisions: true)).Error);
        Assert.Equal(9, room.Cache.Remove(q8, allRevisions: true).BytesFreed);

        Assert.NotNull(room.Cache.Find(q4));
        Assert.Null(room.Cache.Find(q8));
        Assert.Equal(["README.md", "m-Q4_K_M.gguf"], room.Cache.List().Single().Files.Select(file => file.Path));
        Assert.Equal(5, room.Cache.DiskUse().BlobBytes);
        Assert.Equal(5, room.Cache.Remove(q4, allRevisions: true).BytesFreed); // The last weights take the rest with them.
        Assert.Empty(room.Cache.List());
    }

    [Fact]
    public async Task Remove_WhileItIsPulled_SaysBusy()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 200_000 });
        hub.Add(Repo, Large(2_000_000));
        using var room = new HubRoom(hub);
        using var puller = room.Puller();
        var pull = puller.Start(await puller.PlanAsync(Model));
        await hub.Ledger.WhenAsync(2, request => request.File == Weights);

        Assert.Equal(HubError.Busy, Assert.Throws<HubException>(() => room.Cache.Remove(Model, allRevisions: true)).Error);

        pull.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull.Completion);
        Assert.Contains("only a part of it", Assert.Throws<HubException>(() => room.Cache.VerifyAsync(Model)).Message);
        room.Cache.Remove(Model, allRevisions: true);
        Assert.False(Directory.Exists(Path.Combine(room.Options.CacheFolder, "models--org--model")));
    }

    [Fact]
    public async Task Remove_WhileTheDiskStillSettles_WaitsForIt()
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);
        await room.PullAsync();
        Assert.True(ContentHash.TryParse(Large().Sha256, out var hash));
        var layout = room.Cache.Reader(Repo).Layout;
        File.WriteAllBytes(layout.Journal(hash), []); // As between "done" and the end of the flush: name given, journal there, lock held.
        using var settling = StoreLock.TryTake(layout.Lock(hash), TimeProvider.System)!;
        var waited = false;
        var time = new WaitingTime(() =>
        {
            waited = true;
            settling.Dispose();
        });

        var removed = new HubCache(room.Options) { Time = time }.Remove(Model, allRevisions: true);

        Assert.True(waited);
        Assert.True(removed.BytesFreed >= Large().Size);
        Assert.False(Directory.Exists(layout.RepositoryFolder));
    }

    [Fact]
    public async Task FindFile_OfWholeAndLoadingFiles_NamesWhatMayBeServed()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 400_000 });
        hub.Add(Repo, Large(2_000_000), Text("config.json", "{}"));
        using var room = new HubRoom(hub);
        using var puller = room.Puller();
        var pull = puller.Start(await puller.PlanAsync(Model));
        await hub.Ledger.WhenAsync(8, request => request.File == Weights);
        var commit = pull.Plan.Model.Commit;

        var loading = room.Cache.FindFile(Repo, commit, "model.safetensors")!;
        var bytes = File.ReadAllBytes(loading.DiskPath);
        foreach (var range in loading.Verified!) Assert.Equal(Large(2_000_000).Slice(range.Start, (int)range.Length), bytes[(int)range.Start..(int)range.End]);
        Assert.Equal((2_000_000L, Large(2_000_000).Sha256), (loading.ByteCount, loading.Hash!.Value.Text));
        await pull.Completion;

        var whole = room.Cache.FindFile(Repo, "main", "model.safetensors")!;
        Assert.True(whole.IsWhole);
        Assert.EndsWith(Large(2_000_000).Sha256, whole.DiskPath);
        Assert.Null(room.Cache.FindFile(Repo, "main", "../../refs/main"));
        Assert.Null(room.Cache.FindFile("../org/model", "main", "config.json"));
        Assert.Null(room.Cache.FindFile(Repo, "../../../x", "config.json"));
        Assert.Equal(2, room.Cache.FindFileList(Repo, "main")!.Value.Files.Count);
    }

    [Fact]
    public void FindFile_ThroughLinksThatLeadElsewhere_FindsNothing()
    {
        Python("org/model", Commit, ["config.json"]);
        File.WriteAllText(Path.Combine(_folder, "secret"), "secret");
        var snapshot = Path.Combine(_folder, "models--org--model", "snapshots", Commit);
        File.CreateSymbolicLink(Path.Combine(snapshot, "leak.json"), "../../../secret");
        File.CreateSymbolicLink(Path.Combine(snapshot, "absolute.json"), "/etc/hostname");
        Directory.CreateSymbolicLink(Path.Combine(snapshot, "folder"), _folder);

        Assert.Null(Cache.FindFile("org/model", "main", "leak.json"));
        Assert.Null(Cache.FindFile("org/model", "main", "absolute.json"));
        Assert.Null(Cache.FindFile("org/model", "main", "folder/secret"));
        Assert.Equal(["config.json"], Cache.List().Single().Files.Select(file => file.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".exo.incomplete")]
    [InlineData(".exo.incomplete.journal")]
    public async Task Pull_OverABlobThatIsALink_WritesNothingWhereItLeads(string suffix)
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);
        var elsewhere = Path.Combine(room.Folder, "elsewhere");
        File.WriteAllText(elsewhere, "mine");
        Directory.CreateDirectory(room.BlobFolder);
        if (suffix.EndsWith("journal", StringComparison.Ordinal)) File.WriteAllBytes(Path.Combine(room.BlobFolder, Large().Sha256 + ".exo.incomplete"), []);
        File.CreateSymbolicLink(Path.Combine(room.BlobFolder, Large().Sha256 + suffix), elsewhere);

        var result = await room.PullAsync();

        Assert.Equal("mine", File.ReadAllText(elsewhere));
        Assert.Equal(Large().Content.ToArray(), Shown(result, "model.safetensors"));
        Assert.NotNull(room.Cache.Find(Model));
    }

    [Fact]
    public async Task Pull_IntoASnapshotWhoseFolderIsALink_IsRefused()
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);
        using var puller = room.Puller();
        var plan = await puller.PlanAsync(Model);
        var outside = Directory.CreateDirectory(Path.Combine(room.Folder, "outside")).FullName;
        Directory.CreateDirectory(plan.SnapshotFolder);
        Directory.CreateSymbolicLink(Path.Combine(plan.SnapshotFolder, "sub"), outside);

        var failure = await Assert.ThrowsAsync<HubException>(() => puller.Start(plan).Completion);

        Assert.Equal(HubError.StoreFailed, failure.Error);
        Assert.Empty(Directory.GetFiles(outside));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<List<CheckedFile>> Verify(HubCache cache)
    {
        var files = new List<CheckedFile>();
        await foreach (var file in cache.VerifyAsync(Model)) files.Add(file);
        return files;
    }

    /// <summary>A snapshot as huggingface_hub leaves it.</summary>
    private void Python(string repository, string commit, string[] files)
    {
        foreach (var file in files) Entry(repository, commit, file, file);
        var refs = Directory.CreateDirectory(Path.Combine(_folder, ModelReference.StoreFolderName(repository), "refs")).FullName;
        File.WriteAllText(Path.Combine(refs, "main"), commit);
    }

    private void Entry(string repository, string commit, string path, string text)
    {
        var folder = Path.Combine(_folder, ModelReference.StoreFolderName(repository));
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
        Directory.CreateDirectory(Path.Combine(folder, "blobs"));
        Directory.CreateDirectory(Path.Combine(folder, "snapshots", commit));
        File.WriteAllText(Path.Combine(folder, "blobs", hash), text);
        File.CreateSymbolicLink(Path.Combine(folder, "snapshots", commit, path), "../../blobs/" + hash);
    }

    /// <summary>The system's time; tells of each short wait before it begins.</summary>
    private sealed class WaitingTime(Action waits) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime >= TimeSpan.Zero && dueTime < TimeSpan.FromSeconds(1)) waits();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
