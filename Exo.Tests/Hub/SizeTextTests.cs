using Exo.Hub;

namespace Exo.Tests.Hub;

/// <summary>One meaning of a size, wherever people write one.</summary>
public sealed class SizeTextTests
{
    [Theory]
    [InlineData("4096", 4096)]
    [InlineData("0", 0)]
    [InlineData("7B", 7)]
    [InlineData("500K", 500 << 10)]
    [InlineData("20m", 20 << 20)]
    [InlineData("1.5G", 3L << 29)]
    [InlineData("2T", 2L << 40)]
    [InlineData("24GiB", 24L << 30)]
    [InlineData(" 1.5 gib ", 3L << 29)]
    [InlineData("24GB", 24_000_000_000)]
    [InlineData("3kb", 3000)]
    [InlineData("1 TB", 1_000_000_000_000)]
    public void TryParse_ASize_IsItsBytes(string text, double expected)
    {
        Assert.True(SizeText.TryParse(text, out var byteCount));
        Assert.Equal(expected, byteCount);
    }

    [Theory]
    [InlineData("")]
    [InlineData("G")]
    [InlineData("plenty")]
    [InlineData("1KM")]
    [InlineData("1GiG")]
    [InlineData("-1G")]
    [InlineData("1e9")]
    [InlineData("80%")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    public void TryParse_WhatIsNoSize_IsRefused(string text) => Assert.False(SizeText.TryParse(text, out _));

    [Theory]
    [InlineData(500, "500 bytes")]
    [InlineData(512L << 20, "512 MiB")]
    [InlineData(24_000_000_000, "22.4 GiB")]
    public void Of_Bytes_HasAFittingUnit(long byteCount, string expected) => Assert.Equal(expected, SizeText.Of(byteCount));
}
