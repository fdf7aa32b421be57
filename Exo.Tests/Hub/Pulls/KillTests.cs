using Exo.Hub;
using Exo.Hub.Transfer;
using Exo.Tests.Hub.Server;
using static Exo.Tests.Hub.HubRoom;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Hub.Pulls;

/// <summary>
/// What a kill leaves: the store is copied while a pull writes to it, journal first, so that the copy holds what a process killed in between would
/// have left behind (bytes perhaps without their record, never a record without its bytes). A pull from the copy goes on.
/// </summary>
public sealed class KillTests
{
    private const long Size = 6_000_000;
    private const int Connections = 4;
    private const int Range = 64 << 10;

    [Fact]
    public async Task Pull_KilledAtRandomMoments_GoesOnFromEachOfThemAndFetchesLittleTwice()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 4_000_000 });
        hub.Add(Repo, Large(Size));
        var random = new Random(11);
        for (var round = 0; round < 10; round++)
        {
            using var killed = new HubRoom(hub);
            using var resumed = new HubRoom(hub);
            hub.Ledger.Clear();
            using var puller = killed.Puller();
            var pull = puller.Start(await puller.PlanAsync(Model));
            await hub.Ledger.WhenAsync(random.Next(2, 80), request => request.File == Weights);
            Copy(killed.BlobFolder, resumed.BlobFolder);
            pull.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull.Completion);

            var left = RangeJournal.Read(Directory.GetFiles(resumed.BlobFolder, "*.journal").Single())?.Landed.ByteCount ?? 0;
            hub.Ledger.Clear();
            var result = await resumed.PullAsync();

            Assert.Equal(Large(Size).Content.ToArray(), Shown(result, "model.safetensors"));
            Assert.InRange(hub.Ledger.BytesSent(Weights), Size - left, Size - left + Connections * Range);
        }
    }

    [Fact]
    public async Task Pull_KilledOverAndOver_EndsWithTheRightBytesAndFewTwice()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 4_000_000 });
        hub.Add(Repo, Large(Size));
        var random = new Random(12);
        var rooms = new List<HubRoom> { new(hub) };
        var kills = 0;
        try
        {
            while (true)
            {
                var room = rooms[^1];
                using var puller = room.Puller();
                var pull = puller.Start(await puller.PlanAsync(Model));
                hub.Ledger.Clear();
                var next = await Task.WhenAny(pull.Completion, hub.Ledger.WhenAsync(random.Next(6, 20), request => request.File == Weights));
                if (next == pull.Completion) break;
                kills++;
                rooms.Add(new HubRoom(hub));
                Copy(room.BlobFolder, rooms[^1].BlobFolder);
                pull.Cancel();
                await Task.WhenAny(pull.Completion);
            }
            var result = await rooms[^1].PullAsync();
            Assert.Equal(Large(Size).Content.ToArray(), Shown(result, "model.safetensors"));
            Assert.InRange(kills, 4, 60); // 92 ranges, 6 to 20 requests a life: a life that lands nothing would never end.
        }
        finally
        {
            foreach (var room in rooms) room.Dispose();
        }
    }

    [Fact]
    public async Task PartialFile_WhoseBytesAPowerCutLost_IsFetchedWhereItLostThem()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 4_000_000 });
        hub.Add(Repo, Large(Size));
        using var room = new HubRoom(hub);
        using (var puller = room.Puller())
        {
            var pull = puller.Start(await puller.PlanAsync(Model));
            await hub.Ledger.WhenAsync(40, request => request.File == Weights);
            pull.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull.Completion);
        }
        var partial = Directory.GetFiles(room.BlobFolder, "*.exo.incomplete").Single();
        var before = RangeJournal.Read(partial + ".journal")!.Landed.ByteCount;
        using (var file = File.OpenHandle(partial, access: FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(file, Size / 4); // The journal survived, the data did not.
        }
        hub.Ledger.Clear();

        var result = await room.PullAsync();

        Assert.Equal(Large(Size).Content.ToArray(), Shown(result, "model.safetensors"));
        Assert.True(hub.Ledger.BytesSent(Weights) < Size - 200_000, $"{before} had landed, {hub.Ledger.BytesSent(Weights)} were fetched");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Blob_WhoseBytesAPowerCutTookAfterItsNameWasGiven_IsNotTakenForWholeAndMended(bool spoiled)
    {
        await using var hub = await HubServer.StartAsync();
        hub.Add(Repo, Large(Size), Text("config.json"));
        using var room = new HubRoom(hub);
        await room.PullAsync();
        var blob = Path.Combine(room.BlobFolder, Large(Size).Sha256);
        using (var journal = RangeJournal.Open(blob + ".exo.incomplete.journal", Size, RangeDigestKind.Crc32C, Large(Size).Sha256, out _))
        {
            for (long start = 0; start < Size; start += 100_000)
            {
                using var digester = new RangeDigester(RangeDigestKind.Crc32C);
                digester.Append(Large(Size).Slice(start, 100_000));
                journal.Land(new LandedRange(new ByteRange(start, 100_000), digester.Finish(), "hub", false));
            }
        }
        if (spoiled) using (var file = File.OpenHandle(blob, access: FileAccess.ReadWrite)) RandomAccess.Write(file, new byte[5000], 1_250_000);
        hub.Ledger.Clear();

        Assert.Null(room.Cache.Find(Model));
        Assert.Null(room.Cache.FindFile(Repo, "main", "model.safetensors"));
        var result = await room.PullAsync();

        Assert.NotNull(room.Cache.Find(Model));
        Assert.Equal(Large(Size).Content.ToArray(), Shown(result, "model.safetensors"));
        Assert.Equal(spoiled ? 100_000 : 0, hub.Ledger.BytesSent(Weights));
        Assert.DoesNotContain(Directory.GetFiles(room.BlobFolder), path => path.Contains("incomplete", StringComparison.Ordinal));
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var path in Directory.GetFiles(from).OrderBy(path => path.EndsWith(".journal", StringComparison.Ordinal) ? 0 : 1))
        {
            using var source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var target = File.Create(Path.Combine(to, Path.GetFileName(path)));
            source.CopyTo(target);
        }
    }
}
