using Exo.Engine.Scheduling;
using FsCheck;
using FsCheck.Fluent;

namespace Exo.Tests.Engine.Scheduling;

public sealed class BlockPoolTests
{
    [Fact]
    public void TryTake_AllHeld_Refuses()
    {
        var pool = new BlockPool(2, null);

        Assert.True(pool.TryTake(out var first));
        Assert.True(pool.TryTake(out var second));
        Assert.False(pool.TryTake(out _));
        Assert.Equal([0, 1], [first, second]);
        Assert.Equal((2, 0, 0), (pool.InUse, pool.Cached, pool.Available));
    }

    [Fact]
    public void Return_NotHeld_Throws() => Assert.Throws<InvalidOperationException>(() => new BlockPool(2, null).Return(1));

    [Fact]
    public void Return_Shared_StaysHeldUntilTheLastReturns()
    {
        var pool = new BlockPool(1, null);
        pool.TryTake(out var block);
        pool.Share(block);

        pool.Return(block);
        Assert.Equal(1, pool.InUse);
        pool.Return(block);
        Assert.Equal(0, pool.InUse);
    }

    [Fact]
    public void TryTake_OnlyCachedLeft_GivesTheOneLongestUnusedAndForgetsIt()
    {
        var cache = new PrefixCache(3);
        var pool = new BlockPool(3, cache);
        for (var i = 0; i < 3; i++) pool.TryTake(out _);
        for (var block = 0; block < 3; block++) cache.Add(block, PrefixCache.Root, Content(block));
        foreach (var block in (int[])[1, 0, 2]) pool.Return(block);
        pool.Share(1); // used again: now the youngest
        pool.Return(1);

        Assert.Equal((0, 3, 3), (pool.InUse, pool.Cached, pool.Available));
        Assert.True(pool.TryTake(out var taken));

        Assert.Equal(0, taken);
        Assert.Equal(-1, cache.Find(PrefixCache.Root, Content(0)));
        Assert.Equal(1, cache.Find(PrefixCache.Root, Content(1)));
    }

    [Fact]
    public void Find_AllHashesCollide_TellsContentsAndParentsApart()
    {
        var cache = new PrefixCache(6, (_, _) => 7);
        cache.Add(0, PrefixCache.Root, Content(1));
        cache.Add(1, PrefixCache.Root, Content(2));
        cache.Add(2, cache.EntryOf(0), Content(1));
        cache.Add(3, cache.EntryOf(1), Content(1));

        Assert.Equal(0, cache.Find(PrefixCache.Root, Content(1)));
        Assert.Equal(1, cache.Find(PrefixCache.Root, Content(2)));
        Assert.Equal(2, cache.Find(cache.EntryOf(0), Content(1)));
        Assert.Equal(3, cache.Find(cache.EntryOf(1), Content(1)));
        Assert.Equal(-1, cache.Find(cache.EntryOf(0), Content(2)));
        foreach (var block in (int[])[1, 3, 0, 2])
        {
            cache.Remove(block);
            Assert.False(cache.Holds(block));
        }

        Assert.Equal(-1, cache.Find(PrefixCache.Root, Content(1)));
    }

    [Fact]
    public void Find_AfterTheBlockBeforeWasReplaced_DoesNotReachTheOldSuccessor()
    {
        var cache = new PrefixCache(3);
        cache.Add(0, PrefixCache.Root, Content(1));
        cache.Add(1, cache.EntryOf(0), Content(2));

        cache.Remove(0);
        cache.Add(2, PrefixCache.Root, Content(1));

        Assert.Equal(-1, cache.Find(cache.EntryOf(2), Content(2)));
    }

    /// <summary>Tables that grow, learn, share and end in any order: no block is in two tables with different content, none is lost.</summary>
    [Fact]
    public void Tables_UsedInAnyOrder_NeverMixOrLoseBlocks() =>
        Prop.ForAll(Gen.Choose(0, 999_999).ListOf().ToArbitrary(), commands =>
        {
            const int blocks = 12;
            var cache = new PrefixCache(blocks, (before, tokens) => (ulong)(before + tokens[0]) % 3);
            var pool = new BlockPool(blocks, cache);
            var contents = new string?[blocks]; // what a pass over the tokens would have left in the block
            List<(BlockTable Table, int[] Tokens)> tables = [];
            foreach (var command in commands)
            {
                if (command % 3 > 0 || tables.Count == 0)
                {
                    int[] tokens = [.. Enumerable.Range(0, 1 + command / 3 % 150).Select(i => i / 32 < command / 1000 % 5 ? 1 : command % 7)];
                    var table = new BlockTable(pool, cache);
                    var known = table.TakeCached(tokens);
                    if (!table.TryCover(tokens.Length))
                    {
                        table.Release();
                        continue;
                    }

                    for (var i = 0; i < table.Count; i++)
                    {
                        var block = table.Blocks.Span[i];
                        var prefix = string.Join(' ', tokens.Take((i + 1) * 32));
                        if ((i + 1) * 32 <= known && contents[block] != prefix) return false;
                        contents[block] = prefix;
                    }

                    table.Learn(tokens);
                    tables.Add((table, tokens));
                }
                else
                {
                    var index = command / 3 % tables.Count;
                    tables[index].Table.Release();
                    tables.RemoveAt(index);
                }

                foreach (var (table, tokens) in tables)
                {
                    for (var i = 0; i < table.Count; i++)
                    {
                        if (contents[table.Blocks.Span[i]] != string.Join(' ', tokens.Take((i + 1) * 32))) return false;
                    }
                }

                var held = tables.SelectMany(entry => entry.Table.Blocks.ToArray()).Distinct().Count();
                if (pool.InUse != held || pool.InUse + pool.Available != blocks) return false;
            }

            foreach (var (table, _) in tables) table.Release();
            return pool.InUse == 0 && pool.Available == blocks;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static int[] Content(int of) => [.. Enumerable.Repeat(of, 32)];
}
