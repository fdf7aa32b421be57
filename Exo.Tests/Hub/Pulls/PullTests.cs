using Exo.Hub;
using Exo.Hub.Protocol;
using Exo.Hub.Pulls;
using Exo.Hub.Store;
using Exo.Hub.Transfer;
using Exo.Tests.Hub.Server;
using static Exo.Tests.Hub.HubRoom;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Hub.Pulls;

/// <summary>Whole pulls from a well-behaved hub: what lands in the store, what is asked, what is said meanwhile.</summary>
public sealed class PullTests
{
    /// <summary>On a machine that is busy elsewhere a connection looks slow, and its last part is taken over while it is still being sent.</summary>
    private const long Slack = 4 * (64 << 10);

    [Fact]
    public async Task Pull_FromAGoodHub_StoresEveryFileUnderItsNameAndHash()
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);

        var result = await room.PullAsync();

        Assert.Equal(Large().Content.ToArray(), Shown(result, "model.safetensors"));
        Assert.Equal("hello"u8.ToArray(), Shown(result, "sub/two words.txt"));
        var blobs = Directory.GetFiles(room.BlobFolder).Select(Path.GetFileName).Order();
        Assert.Equal(new[] { Large().Sha256, Text("", """{"a":1}""").GitSha1, Text("", "hello").GitSha1 }.Order(), blobs);
        Assert.Equal(result.Commit, File.ReadAllText(Path.Combine(room.Options.CacheFolder, "models--org--model", "refs", "main")));
        Assert.Equal($"../../blobs/{Large().Sha256}", new FileInfo(Path.Combine(result.SnapshotFolder, "model.safetensors")).LinkTarget);
        Assert.Equal($"../../../blobs/{Text("", "hello").GitSha1}", new FileInfo(Path.Combine(result.SnapshotFolder, "sub", "two words.txt")).LinkTarget);
        Assert.NotNull(room.Cache.Find(Model));
    }

    [Fact]
    public async Task Pull_OfALargeFile_AsksEachByteOnceOverSeveralConnectionsAndTheHubForOneAddress()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { Latency = TimeSpan.FromMilliseconds(5) });
        hub.Add(Repo, Large(3_000_000), Text("config.json"));
        using var room = new HubRoom(hub);

        await room.PullAsync();

        Assert.InRange(hub.Ledger.BytesSent(Weights), 3_000_000, 3_000_000 + Slack);
        Assert.InRange(hub.Ledger.MostConnections, 3, 12);
        Assert.Equal(1, hub.Ledger.Requests.Count(request => !request.IsCdn && request.Target.Contains("resolve") && request.Target.Contains("model.safetensors")));
    }

    /// <summary>A fetch has ended and not yet given its lock back; its file was removed meanwhile.</summary>
    [Fact]
    public async Task Pull_JoiningAFetchWhoseFileIsGone_FetchesItAgain()
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);
        using var puller = room.Puller();
        var hash = ContentHash.Parse(Large().Sha256);
        using var ended = (await puller.Fetches.JoinAsync(room.Cache.Reader(Repo).Layout.Lock(hash), () => false, TestContext.Current.CancellationToken))!;
        ended.IsVerified = true;

        var result = await puller.Start(await puller.PlanAsync(Model)).Completion.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(Large().Content.ToArray(), Shown(result, "model.safetensors"));
    }

    [Fact]
    public async Task Pull_Again_AsksForNoBytes()
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);
        await room.PullAsync();
        hub.Ledger.Clear();

        using var puller = room.Puller();
        var plan = await puller.PlanAsync(Model);
        await puller.Start(plan).Completion;

        Assert.True(plan.IsComplete);
        Assert.DoesNotContain(hub.Ledger.Requests, request => request.File is not null);
    }

    /// <summary>So that a store that others share may be one to read only.</summary>
    [Fact]
    public async Task Pull_Again_WritesNothing()
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);
        await room.PullAsync();
        var before = Written();

        await room.PullAsync();

        Assert.Equal(before, Written());

        IEnumerable<(string, DateTime)> Written() =>
            [.. new DirectoryInfo(room.Options.CacheFolder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).OrderBy(file => file.FullName, StringComparer.Ordinal).Select(file => (file.FullName, file.LastWriteTimeUtc))];
    }

    [Fact]
    public async Task Pull_ThatWaitedForAnotherProcess_EndsWithoutSpeakingOfIt()
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);
        using var puller = room.Puller();
        var plan = await puller.PlanAsync(Model);
        var weights = plan.Files.Single(file => file.File.Path == "model.safetensors").File;
        var layout = room.Cache.Reader(Repo).Layout;
        Directory.CreateDirectory(layout.Blobs);
        using (var journal = RangeJournal.Open(layout.Journal(weights.Hash), weights.ByteCount, RangeDigestKind.Crc32C, weights.Hash.Text, out _))
        {
            journal.Land(new LandedRange(new ByteRange(0, 1000), new byte[4], "hub", false));
        }
        Pull pull;
        using (StoreLock.TryTake(layout.Lock(weights.Hash), TimeProvider.System)!)
        {
            pull = puller.Start(plan);
            await foreach (var snapshot in pull.WatchAsync())
                if (snapshot.Trouble is not null) break;
            Assert.Equal("another process is fetching model.safetensors", pull.Current.Trouble);
        }

        await pull.Completion;

        Assert.Null(pull.Current.Trouble);
    }

    [Fact]
    public async Task Plan_OfAFreshModel_CountsFilesAndBytesAndAsksForNone()
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);
        using var puller = room.Puller();

        var plan = await puller.PlanAsync(Model);

        Assert.Equal(["sub/two words.txt", "config.json", "model.safetensors"], plan.Files.Select(file => file.File.Path));
        Assert.Equal((300_012, 0, 300_012), (plan.TotalBytes, plan.BytesHere, plan.BytesToFetch));
        Assert.True(plan.FreeDiskBytes > 0);
        Assert.False(Directory.Exists(room.Options.CacheFolder));
        Assert.DoesNotContain(hub.Ledger.Requests, request => request.File is not null);
    }

    [Fact]
    public async Task Pull_OfANewCommit_FetchesOnlyWhatChangedAndMovesTheRef()
    {
        await using var hub = await HubServer.StartAsync();
        var repository = hub.Add(Repo, Large(), Text("config.json", "{}"));
        using var room = new HubRoom(hub);
        var first = await room.PullAsync();
        repository.Commit("main", Large(), Text("config.json", """{"new":1}"""));
        hub.Ledger.Clear();

        var second = await room.PullAsync();

        Assert.NotEqual(first.Commit, second.Commit);
        Assert.Equal(0, hub.Ledger.BytesSent(Weights));
        Assert.Equal(Large().Content.ToArray(), Shown(second, "model.safetensors"));
        Assert.Equal(second.Commit, room.Cache.Find(Model)!.Commit);
        Assert.Equal(2, room.Cache.List().Count);
    }

    [Fact]
    public async Task Pull_OfEmptyAndTinyFiles_Works()
    {
        await using var hub = await HubServer.StartAsync();
        hub.Add(Repo, Text("empty.txt", ""), Text("one.txt", "1"), new ServedFile("zero.safetensors", new BytesContent([])) { IsLfs = true });
        using var room = new HubRoom(hub);

        var result = await room.PullAsync();

        Assert.Empty(Shown(result, "empty.txt"));
        Assert.Empty(Shown(result, "zero.safetensors"));
        Assert.Equal("1"u8.ToArray(), Shown(result, "one.txt"));
    }

    [Fact]
    public async Task Pull_WithPagedTreeOfManyFiles_GetsAll()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { PageSize = 7 });
        hub.Add(Repo, [.. Enumerable.Range(0, 60).Select(i => Text($"f/{i:00}.json", $"{{\"i\":{i}}}"))]);
        using var room = new HubRoom(hub);

        var result = await room.PullAsync();

        Assert.All(Enumerable.Range(0, 60), i => Assert.Equal($"{{\"i\":{i}}}", System.Text.Encoding.UTF8.GetString(Shown(result, $"f/{i:00}.json"))));
    }

    [Fact]
    public async Task Pull_TwiceAtOnceInOneProcess_FetchesOnce()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 2_000_000 });
        hub.Add(Repo, Large(2_000_000), Text("config.json"));
        using var room = new HubRoom(hub);
        using var puller = room.Puller();
        var plan = await puller.PlanAsync(Model);

        var both = await Task.WhenAll(puller.Start(plan).Completion, puller.Start(plan).Completion);

        Assert.InRange(hub.Ledger.BytesSent(Weights), 2_000_000, 2_000_000 + Slack);
        Assert.All(both, result => Assert.Equal(Large(2_000_000).Content.ToArray(), Shown(result, "model.safetensors")));
    }

    [Fact]
    public async Task Pull_TwiceAtOnceAsTwoProcessesWould_FetchesOnce()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 2_000_000 });
        hub.Add(Repo, Large(2_000_000), Text("config.json"));
        using var room = new HubRoom(hub);
        using var one = room.Puller();
        using var other = room.Puller();

        var plan = await one.PlanAsync(Model);
        await Task.WhenAll(one.Start(plan).Completion, other.Start(plan).Completion);

        Assert.InRange(hub.Ledger.BytesSent(Weights), 2_000_000, 2_000_000 + Slack);
    }

    [Fact]
    public async Task Cancel_OfOneOfTwo_LeavesTheOtherRunning()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 500_000 });
        hub.Add(Repo, Large(2_000_000));
        using var room = new HubRoom(hub);
        using var puller = room.Puller();
        var plan = await puller.PlanAsync(Model);
        var first = puller.Start(plan);
        var second = puller.Start(plan);
        await hub.Ledger.WhenAsync(3, request => request.File == Weights);

        first.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Completion);
        var result = await second.Completion;
        Assert.Equal(Large(2_000_000).Content.ToArray(), Shown(result, "model.safetensors"));
        Assert.Equal(PullPhase.Cancelled, first.Current.Phase);
    }

    [Fact]
    public async Task Cancel_ThenPullAgain_FetchesOnlyTheRest()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 1_000_000 });
        hub.Add(Repo, Large(4_000_000));
        using var room = new HubRoom(hub);
        using (var puller = room.Puller())
        {
            var pull = puller.Start(await puller.PlanAsync(Model));
            await hub.Ledger.WhenAsync(20, request => request.File == Weights);
            pull.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull.Completion);
        }

        using var again = room.Puller();
        var plan = await again.PlanAsync(Model);
        var rest = again.Start(plan);
        Assert.Equal(plan.BytesHere, rest.Current.BytesFromCache); // Also before the file has its turn.
        var result = await rest.Completion;

        Assert.InRange(plan.BytesHere, 500_000, 3_999_999);
        Assert.Equal(4_000_000 - plan.BytesHere, result.BytesReceived);
        Assert.Equal(Large(4_000_000).Content.ToArray(), Shown(result, "model.safetensors"));
    }

    [Fact]
    public async Task PauseAndResume_StopAsking_ThenFinish()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 1_000_000 });
        hub.Add(Repo, Large(3_000_000));
        using var room = new HubRoom(hub);
        using var puller = room.Puller();
        var pull = puller.Start(await puller.PlanAsync(Model));
        await hub.Ledger.WhenAsync(6, request => request.File == Weights);

        pull.Pause();
        await foreach (var snapshot in pull.WatchAsync())
        {
            if (snapshot is { Phase: PullPhase.Paused, Connections: 0 }) break;
        }
        var asked = hub.Ledger.ContentRequests(Weights).Count();
        Assert.False(pull.Completion.IsCompleted);
        pull.Resume();
        var result = await pull.Completion;

        Assert.True(hub.Ledger.ContentRequests(Weights).Count() > asked);
        Assert.Equal(Large(3_000_000).Content.ToArray(), Shown(result, "model.safetensors"));
    }

    [Fact]
    public async Task Snapshots_OfAPull_NeverGoBackwardsAndEndWithEverything()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions
        {
            ConnectionRate = 1_500_000, Faults = FaultPlan.Random(7, 0.3, Fault.Reset, Fault.ShortBody, Fault.ServerError),
        });
        hub.Add(Repo, Large(3_000_000), Text("config.json"));
        using var room = new HubRoom(hub);
        using var puller = room.Puller();
        var pull = puller.Start(await puller.PlanAsync(Model));

        var snapshots = new List<PullSnapshot>();
        await foreach (var snapshot in pull.WatchAsync()) snapshots.Add(snapshot);

        Assert.Equal(snapshots.Select(s => s.BytesDone).Order(), snapshots.Select(s => s.BytesDone));
        Assert.Equal(snapshots.Select(s => s.Version).Distinct().Order(), snapshots.Select(s => s.Version));
        Assert.Equal((PullPhase.Done, 3_000_002L, 3_000_002L), (snapshots[^1].Phase, snapshots[^1].BytesDone, snapshots[^1].BytesTotal));
        Assert.All(snapshots, s => Assert.InRange(s.BytesDone, 0, s.BytesTotal));
        Assert.Contains(snapshots, s => s.BytesPerSecond > 0 && s.TimeLeft is not null && s.Connections > 0);
        Assert.True(snapshots.Count <= 10 * snapshots[^1].Elapsed.TotalSeconds + 3, $"{snapshots.Count} snapshots in {snapshots[^1].Elapsed}");
    }

    [Fact]
    public async Task Pull_WithALimit_IsNoFaster()
    {
        await using var hub = await HubServer.StartAsync();
        hub.Add(Repo, Large(1_000_000));
        using var room = new HubRoom(hub, options => options with { MaxBytesPerSecond = 1_000_000 });

        Assert.True((await room.PullAsync()).Elapsed >= TimeSpan.FromSeconds(0.9)); // The first twentieth of a second may come at once.
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Priority_OfALaterPull_TakesItBeforeTheOther(bool isGivenLater)
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 1_000_000 });
        hub.Add(Repo, Large(2_000_000));
        hub.Add("org/other", Large(300_000, seed: 2));
        using var room = new HubRoom(hub, options => options with { MaxConnections = 1 });
        using var puller = room.Puller();
        var first = puller.Start(await puller.PlanAsync(Model));
        await hub.Ledger.WhenAsync(1, request => request.File == Weights);

        var second = puller.Start(await puller.PlanAsync(ModelReference.Parse("org/other"), new PullOptions { Priority = isGivenLater ? 0 : 5 }));
        if (isGivenLater) second.Priority = 5;
        await second.Completion;

        Assert.False(first.Completion.IsCompleted);
        Assert.InRange(hub.Ledger.BytesSent(Weights), 1, 1_000_000);
        first.Cancel();
    }

    [Fact]
    public async Task Peers_ThatMirrorTheModel_AreAskedBeforeTheOrigin()
    {
        await using var origin = await StartAsync();
        await using var peer = await StartAsync();
        using var room = new HubRoom(origin, options => options with { Peers = [new Uri(peer.Endpoint)] });

        var result = await room.PullAsync();

        Assert.Equal(0, origin.Ledger.BytesSent(Weights));
        Assert.InRange(peer.Ledger.BytesSent(Weights), 300_000, 300_000 + Slack);
        Assert.Equal(Large().Content.ToArray(), Shown(result, "model.safetensors"));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("lying")]
    [InlineData("gone")]
    public async Task Peers_ThatAreNoHelp_AreReplacedByTheOrigin(string kind)
    {
        await using var origin = await StartAsync();
        var peer = await HubServer.StartAsync(new HubServerOptions { Faults = kind == "lying" ? FaultPlan.Always(Fault.Corrupt, FaultScope.Content) : FaultPlan.None });
        if (kind == "lying") peer.Add(Repo, Large(), Text("config.json", """{"a":1}"""), Text("sub/two words.txt", "hello"));
        if (kind == "gone") await peer.DisposeAsync();
        using var room = new HubRoom(origin, options => options with { Peers = [new Uri(peer.Endpoint)] });

        var result = await room.PullAsync();

        Assert.Equal(Large().Content.ToArray(), Shown(result, "model.safetensors"));
        if (kind != "gone") await peer.DisposeAsync();
    }

    [Fact]
    public async Task Pull_Offline_UsesTheStoreAndNothingElse()
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub);
        await room.PullAsync();
        hub.Ledger.Clear();
        using var offline = room.Puller(options => options with { Offline = true });

        var plan = await offline.PlanAsync(Model);
        var result = await offline.Start(plan).Completion;
        var missing = await Assert.ThrowsAsync<HubException>(() => offline.PlanAsync(ModelReference.Parse("org/other")));

        Assert.True(plan.IsComplete);
        Assert.Equal(Large().Content.ToArray(), Shown(result, "model.safetensors"));
        Assert.Equal(HubError.Offline, missing.Error);
        Assert.Empty(hub.Ledger.Requests);
    }

    [Fact]
    public async Task Pull_WhenTheHubIsGoneAndTheModelIsHere_Works()
    {
        var hub = await StartAsync();
        using var room = new HubRoom(hub, options => options with { MaxAttempts = 2 });
        await room.PullAsync();
        await hub.DisposeAsync();

        Assert.NotNull(await room.PullAsync());
    }

    [Fact]
    public async Task Pull_WithTooLittleRoom_FailsBeforeTheFirstByte()
    {
        await using var hub = await StartAsync();
        using var room = new HubRoom(hub, options => options with { FreeSpaceMargin = 1L << 60 });
        using var puller = room.Puller();

        var pull = puller.Start(await puller.PlanAsync(Model));
        var failure = await Assert.ThrowsAsync<HubException>(() => pull.Completion);

        Assert.Equal(HubError.NotEnoughSpace, failure.Error);
        Assert.Equal(PullPhase.Failed, pull.Current.Phase);
        Assert.Contains("exo rm", pull.Current.Failure);
        Assert.DoesNotContain(hub.Ledger.Requests, request => request.File is not null);
    }
}
