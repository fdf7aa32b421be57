using Exo.Engine.Cpu;

namespace Exo.Tests.Engine.Cpu;

public sealed unsafe class NativePagesTests
{
    private const int LargePage = 2 << 20;

    [Theory]
    [InlineData(0, false, 64)]
    [InlineData(1000, false, 64)]
    [InlineData((256 << 10) - 1, true, 64)]
    [InlineData(256 << 10, false, 64)]
    [InlineData(LargePage + 1, true, 64)]
    [InlineData(2 * LargePage, true, LargePage)]
    [InlineData(5 * LargePage + 12345, true, LargePage)]
    public void Data_OfAnySize_IsZeroed_Aligned_AndOursToTheLastByte(int byteCount, bool preferLarge, int alignment)
    {
        using var pages = new NativePages(byteCount, preferLarge);

        Assert.Equal(0, (nint)pages.Data % alignment);
        var bytes = new Span<byte>(pages.Data, byteCount);
        Assert.Equal(-1, bytes.IndexOfAnyExcept((byte)0));
        bytes.Fill(0xA5);
        Assert.Equal(-1, bytes.IndexOfAnyExcept((byte)0xA5));
    }

    [Fact]
    public void Dispose_Twice_FreesOnce()
    {
        var pages = new NativePages(LargePage);
        var neighbour = new NativePages(LargePage);

        pages.Dispose();
        pages.Dispose();

        Assert.True(pages.Data is null);
        neighbour.Data[0] = neighbour.Data[LargePage - 1] = 1;
        neighbour.Dispose();
    }
}
