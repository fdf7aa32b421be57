using Exo.Hub.Transfer;

namespace Exo.Tests.Hub.Transfer;

public sealed class BlockTests
{
    /// <summary>More than one chunk has.</summary>
    private const int Count = 40;

    [Fact]
    public void At_OfManyBlocks_IsAMemoryOfEachBlocksOwn_WhateverIsFreedBetween()
    {
        var blocks = Enumerable.Range(0, Count).Select(_ => new Block()).ToList();
        for (var i = 0; i < Count; i++) blocks[i].At(i).Fill((byte)i);

        for (var i = 0; i < Count; i += 2)
        {
            blocks[i].Dispose();
            blocks[i].Dispose(); // Once too often frees nothing of its neighbours'.
        }

        var later = Enumerable.Range(0, Count / 2).Select(_ => new Block()).ToList();
        foreach (var block in later) block.At(Block.Alignment - 1).Fill(0xFF);

        for (var i = 1; i < Count; i += 2) Assert.Equal(-1, blocks[i].At(i).IndexOfAnyExcept((byte)i));
        foreach (var block in blocks.Concat(later)) block.Dispose();
    }

    [Fact]
    public void At_AnyPosition_LiesInItsPageAsTheByteLiesInTheFile()
    {
        using var block = new Block();
        foreach (var position in (long[])[0, 1, 4095, 4096, (8L << 30) + 77])
        {
            ref var first = ref block.At(position)[0];
            unsafe
            {
                fixed (byte* at = &first) Assert.Equal(position % Block.Alignment, (long)at % Block.Alignment);
            }
        }
    }
}
