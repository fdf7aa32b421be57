using Exo.Api.Local;
using FsCheck;
using FsCheck.Fluent;

namespace Exo.Tests.Api.Local;

public sealed class ResidencyTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void MakeRoom_EnoughFree_SendsNobodyAway()
    {
        var room = Residency.MakeRoom([Model("a", 40, 1), Model("b", 30, 2)], 30, 100);

        Assert.Equal((true, 30L), (room.Fits, room.FreeByteCount));
        Assert.Empty(room.Unload);
    }

    [Fact]
    public void MakeRoom_TooLittleFree_SendsTheLongestUnusedAwayAndNoMoreThanNeeded()
    {
        var room = Residency.MakeRoom([Model("late", 30, 9), Model("early", 30, 1), Model("middle", 30, 5)], 40, 100);

        Assert.Equal(["early"], room.Unload.Select(resident => resident.Key));
        Assert.Equal((true, 40L), (room.Fits, room.FreeByteCount));
    }

    [Fact]
    public void MakeRoom_LongestUnusedIsInUse_TakesTheNext()
    {
        var room = Residency.MakeRoom([Model("early", 30, 1, inUse: true), Model("late", 30, 9)], 60, 100);

        Assert.Equal(["late"], room.Unload.Select(resident => resident.Key));
        Assert.Equal(30, room.InUseByteCount);
    }

    [Fact]
    public void MakeRoom_EvenAllTogetherWouldNotDo_SendsNobodyAway()
    {
        var room = Residency.MakeRoom([Model("used", 60, 1, inUse: true), Model("idle", 30, 2)], 60, 100);

        Assert.False(room.Fits);
        Assert.Empty(room.Unload);
    }

    [Fact]
    public void MakeRoom_Whatever_NeverSendsAwayWhatIsInUseNorMoreThanItMust()
    {
        var resident =
            from size in Gen.Choose(0, 50)
            from used in Gen.Choose(0, 20)
            from inUse in Gen.Elements(true, false)
            select Model($"{size}", size, used, inUse);
        var cases = from all in resident.ListOf() from needed in Gen.Choose(0, 120) select (all, needed);

        Prop.ForAll(cases.ToArbitrary(), given =>
        {
            const int Limit = 100;
            var room = Residency.MakeRoom(given.all, given.needed, Limit);
            var free = Limit - given.all.Sum(model => model.ByteCount);
            var most = free + given.all.Where(model => !model.InUse).Sum(model => model.ByteCount);
            Assert.Equal(most >= given.needed, room.Fits);
            Assert.DoesNotContain(room.Unload, model => model.InUse);
            if (!room.Fits) Assert.Empty(room.Unload);
            else
            {
                Assert.True(room.FreeByteCount >= given.needed);
                // Without the last of them there would not have been room.
                if (room.Unload.Count > 0) Assert.True(room.FreeByteCount - room.Unload[^1].ByteCount < given.needed);
                var stays = given.all.Where(model => !model.InUse && !room.Unload.Any(gone => ReferenceEquals(gone, model))).ToArray();
                Assert.All(room.Unload, gone => Assert.All(stays, stay => Assert.True(gone.LastUsed <= stay.LastUsed)));
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void ExpiresAt_KeepAlive_CountsFromTheLastUse()
    {
        Assert.Equal(Start + TimeSpan.FromMinutes(5), Residency.ExpiresAt(Start, TimeSpan.FromMinutes(5)));
        Assert.Equal(Start, Residency.ExpiresAt(Start, TimeSpan.Zero));
        Assert.Null(Residency.ExpiresAt(Start, KeepAlive.Forever));
    }

    private static Resident<string> Model(string key, long byteCount, int lastUsedMinute, bool inUse = false) => new(key, byteCount, inUse, Start + TimeSpan.FromMinutes(lastUsedMinute));
}
