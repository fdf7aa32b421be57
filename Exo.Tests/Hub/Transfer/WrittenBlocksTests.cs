using Exo.Hub.Transfer;

namespace Exo.Tests.Hub.Transfer;

/// <summary>Bytes that wait for their hash: never others than the file has, never more than there is memory for.</summary>
public sealed class WrittenBlocksTests : IDisposable
{
    private readonly BlockPool _pool = new(most: 3);
    private readonly WrittenBlocks _written;
    private Block _block = new();

    public WrittenBlocksTests() => _written = new WrittenBlocks(_pool);

    [Fact]
    public void TryTake_GivesWhatWasWrittenThere_Once()
    {
        Put(5000, 100, 7);

        Assert.False(_written.TryTake(5001, out _, out _));
        Assert.True(_written.TryTake(5000, out var block, out var count));
        Assert.All(block.At(5000)[..count].ToArray(), one => Assert.Equal(7, one));
        Assert.Equal(100, count);
        Assert.False(_written.TryTake(5000, out _, out _));
        _pool.Return(block);
    }

    [Fact]
    public void Exchange_OverWhatIsThere_DropsTheOldBytes()
    {
        Put(0, 1000, 1);
        Put(1000, 1000, 2);
        Put(500, 1000, 3);

        Assert.False(_written.TryTake(0, out _, out _));
        Assert.False(_written.TryTake(1000, out _, out _));
        Assert.Equal(500, _written.NextFrom(0));
        Assert.True(_written.TryTake(500, out var block, out _));
        _pool.Return(block);
    }

    [Fact]
    public void Exchange_WithoutRoom_KeepsNothing_AndDropsWhatItReplaces()
    {
        for (var i = 0; i < 3; i++) Put(i * 1000, 1000, 1);
        Assert.Null(_pool.TryTake());

        var same = _block;
        Put(9000, 1000, 2);
        Assert.Same(same, _block);
        Assert.False(_written.TryTake(9000, out _, out _));

        Put(2000, 1000, 2); // It takes the place of one, whose block is free then.
        Assert.True(_written.TryTake(2000, out var block, out _));
        Assert.Equal(2, block.At(2000)[0]);
        _pool.Return(block);
    }

    [Fact]
    public void Forget_DropsWhatIsNoLongerTheFiles()
    {
        Put(0, 1000, 1);
        Put(1000, 1000, 1);

        _written.Forget(new ByteRange(1500, 10));

        Assert.False(_written.TryTake(1000, out _, out _));
        Assert.Equal(long.MaxValue, _written.NextFrom(1000));
        Assert.True(_written.TryTake(0, out var block, out _));
        _pool.Return(block);
    }

    [Fact]
    public void Dispose_GivesEveryBlockBack_AndTakesNoMore()
    {
        Put(0, 1000, 1);
        Put(1000, 1000, 1);

        _written.Dispose();
        Put(0, 1000, 1);

        Assert.False(_written.TryTake(0, out _, out _));
        var all = Enumerable.Range(0, 3).Select(_ => _pool.TryTake()).ToArray();
        Assert.DoesNotContain(null, all);
        foreach (var block in all) _pool.Return(block!);
    }

    public void Dispose()
    {
        _written.Dispose();
        _pool.Dispose();
        _block.Dispose();
    }

    private void Put(long position, int count, byte value)
    {
        _block.At(position)[..count].Fill(value);
        _block = _written.Exchange(_block, position, count);
    }
}
