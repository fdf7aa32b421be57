using Exo.Engine.Cpu.Matrices;

namespace Exo.Tests.Engine.Cpu;

/// <summary>How rows are shared out: every row once, and no thread left with a long last item.</summary>
public sealed class RowItemsTests
{
    [Theory]
    [InlineData(1, 32, 1, 2)]
    [InlineData(40, 8, 1, 7)]
    [InlineData(128, 1792, 1, 2)]
    [InlineData(4864, 3584, 1, 2)]
    [InlineData(4864, 3584, 1, 64)]
    [InlineData(151_936, 1792, 8, 3)]
    [InlineData(2050, 16384, 64, 2)]
    public void Cut_AnyShape_GivesEachRowToOneItem(int rows, int rowByteCount, int tokens, int threads)
    {
        using var matrix = new NoMatrix(rows);
        var items = new RowItems();
        items.Cut(matrix, rowByteCount, 0, tokens, threads);

        var next = 0;
        for (var item = 0; item < items.Count; item++)
        {
            Assert.Equal(next, items.FirstRow(item));
            Assert.Equal(0, next % 16); // Packed rows lie in groups of sixteen.
            Assert.InRange(items.Rows(item), 1, items.MostRows);
            next += items.Rows(item);
        }

        Assert.Equal(rows, next);
    }

    [Fact]
    public void Cut_FewTokens_BeginsWithLongItemsAndEndsWithShortOnes()
    {
        using var matrix = new NoMatrix(4864);
        var items = new RowItems();
        items.Cut(matrix, 1792, 0, tokens: 1, threads: 2);

        Assert.Equal(576, items.Rows(0)); // a megabyte
        Assert.All(Enumerable.Range(1, items.Count - 1), item => Assert.True(items.Rows(item) <= items.Rows(item - 1)));
        Assert.InRange(items.Rows(items.Count - 1) * 1792, 1, 64 * 1024);
    }

    [Fact]
    public void Cut_MoreToReadAfterIt_LeavesTheShortItemsToTheEnd()
    {
        using var matrix = new NoMatrix(896);
        var (alone, followed) = (new RowItems(), new RowItems());
        alone.Cut(matrix, 1792, 0, tokens: 1, threads: 2);
        followed.Cut(matrix, 1792, 100 * 1792 * 1024, tokens: 1, threads: 2);

        Assert.Equal([576, 320], Enumerable.Range(0, followed.Count).Select(followed.Rows));
        Assert.True(alone.Count > followed.Count);
    }

    [Fact]
    public void Cut_ManyTokens_CutsEvenly()
    {
        using var matrix = new NoMatrix(100);
        var items = new RowItems();
        items.Cut(matrix, 1792, 0, tokens: 64, threads: 2);

        Assert.Equal([32, 32, 32, 4], Enumerable.Range(0, items.Count).Select(items.Rows));
    }

    /// <summary>A matrix of so many rows and nothing in them.</summary>
    private sealed unsafe class NoMatrix(int rows) : CpuMatrix("none", rows, 8)
    {
        public override long ByteCount => 0;

        public override int ManyTokens => 33;

        public override int ScratchCount => 0;

        public override void Multiply(in Activations input, int firstRow, int rowCount, float* output, long outputStride, float* scratch) => throw new NotSupportedException();

        public override void WidenRow(int row, float* destination) => throw new NotSupportedException();

        protected override void WidenPiece(int row, int column, int columns, float* destination) => throw new NotSupportedException();
    }
}
