using Exo.Hub.Protocol;
using Exo.Hub.Transfer;

namespace Exo.Tests.Hub.Transfer;

/// <summary>Blocks into a file at positions that no disk's sector begins at.</summary>
public sealed class PartialFileTests : IDisposable
{
    private const int ByteCount = 3_000_017;

    private readonly TempFolder _folder = new();
    private readonly BlockPool _pool = new(most: 4);

    /// <summary>Whole pages go past the page cache, the rest through it: whatever the order, the file holds what was written last.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Write_InPiecesOfAnySize_InAnyOrder_IsTheWhole(int seed)
    {
        var random = new Random(seed);
        var expected = new byte[ByteCount];
        random.NextBytes(expected);
        var pieces = new List<ByteRange>();
        for (long at = 0; at < ByteCount; at = pieces[^1].End)
        {
            var count = random.Next(4) switch { 0 => random.Next(1, 100), 1 => 4096 * random.Next(1, 64), 2 => Block.Capacity, _ => random.Next(1, Block.Capacity) };
            pieces.Add(new ByteRange(at, Math.Min(count, ByteCount - at)));
        }

        using (var file = new PartialFile(Request(), _pool))
        {
            Parallel.ForEach(Partitioned(pieces, random), piece =>
            {
                using var block = new Block();
                expected.AsSpan((int)piece.Start, (int)piece.Length).CopyTo(block.At(piece.Start));
                file.Write(block, (int)piece.Length, piece.Start);
            });
            var read = new byte[ByteCount];
            file.Read(read, 0);
            Assert.Equal(expected, read);
        }

        Assert.Equal(expected, File.ReadAllBytes(Request().PartialPath));
    }

    /// <summary>Where the file system can: pages that were read before, and are in the page cache, are read anew after a write past it.</summary>
    [Fact]
    public void Write_OverBytesThatWereReadBefore_IsSeenByTheNextRead()
    {
        using var file = new PartialFile(Request(), _pool);
        var read = new byte[Block.Capacity];
        for (byte value = 1; value < 5; value++)
        {
            using var block = new Block();
            block.At(100).Fill(value);
            file.Write(block, Block.Capacity, 100);
            file.Read(read, 100);
            Assert.All(read, one => Assert.Equal(value, one));
        }
    }

    [Fact]
    public void Forget_DropsTheBytesThatWaitForTheirHash()
    {
        using var file = new PartialFile(Request(), _pool);
        using var other = file.Written!.Exchange(new Block(), 0, 1000);

        file.Forget(new ByteRange(0, 1000));

        Assert.False(file.Written.TryTake(0, out _, out _));
    }

    public void Dispose()
    {
        _pool.Dispose();
        _folder.Dispose();
    }

    private static ByteRange[] Partitioned(List<ByteRange> pieces, Random random)
    {
        var all = pieces.ToArray();
        random.Shuffle(all);
        return all;
    }

    private TransferRequest Request() => new()
    {
        Name = "model.safetensors",
        PartialPath = _folder.File("model.incomplete"),
        FileByteCount = ByteCount,
        ETag = "one",
        Sources = [],
        Expected = ContentHash.Parse(new string('0', 64)),
    };
}
