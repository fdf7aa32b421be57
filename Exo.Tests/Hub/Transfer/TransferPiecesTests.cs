using System.Text;
using Exo.Hub;
using Exo.Hub.Protocol;
using Exo.Hub.Transfer;

namespace Exo.Tests.Hub.Transfer;

/// <summary>Checksums against published values, the rate limiter against its rate, disk errors against their words.</summary>
public sealed class TransferPiecesTests
{
    /// <summary>RFC 3720, appendix B.4, and the usual check value.</summary>
    [Theory]
    [InlineData("123456789", 0xE3069283u)]
    [InlineData("", 0u)]
    public void Crc32C_OfKnownText_IsThePublishedValue(string text, uint expected) => Assert.Equal(expected, Crc32C.Of(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Crc32C_OfThirtyTwoZeros_IsThePublishedValue() => Assert.Equal(0x8A9136AAu, Crc32C.Of(new byte[32]));

    [Fact]
    public void Crc32C_InParts_IsTheSame()
    {
        var bytes = Enumerable.Range(0, 1000).Select(i => (byte)(i * 7)).ToArray();
        for (var cut = 0; cut < 100; cut++) Assert.Equal(Crc32C.Of(bytes), ~Crc32C.Append(Crc32C.Append(Crc32C.Initial, bytes.AsSpan(0, cut)), bytes.AsSpan(cut)));
    }

    /// <summary>git hash-object of "hello\n" and of an empty file; SHA-256 of "abc" (FIPS 180-2).</summary>
    [Theory]
    [InlineData("hello\n", "ce013625030ba8dba906f756967f9e9ca394464a")]
    [InlineData("", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void ContentHasher_OfKnownText_IsThePublishedHash(string text, string expected)
    {
        var hash = ContentHash.Parse(expected);
        using var hasher = new ContentHasher(hash.Kind, text.Length);
        hasher.Append(Encoding.ASCII.GetBytes(text));
        Assert.Equal(hash, hasher.Finish());
    }

    [Fact]
    public void RateLimiter_OverASecond_LetsTheRateThrough()
    {
        var time = new ManualTime();
        var limiter = new RateLimiter(1_000_000, time);
        long taken = 0;
        while (time.Elapsed < TimeSpan.FromSeconds(2))
        {
            taken += limiter.LargestRead;
            time.Advance(limiter.Take(limiter.LargestRead));
        }
        Assert.InRange(taken, 1_950_000, 2_150_000);
    }

    [Fact]
    public void RateLimiter_AfterAPause_AllowsNoGreatBurst()
    {
        var time = new ManualTime();
        var limiter = new RateLimiter(1_000_000, time);
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.True(limiter.Take(200_000) > TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void RateLimiter_WithoutARate_NeverWaits() => Assert.Equal(TimeSpan.Zero, new RateLimiter(null, TimeProvider.System).Take(int.MaxValue));

    /// <summary>What one call receives is copied in one go; a timer on the same core waits for it.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(1_000L)]
    [InlineData(10_000_000_000L)]
    public void RateLimiter_AtAnyRate_ReadsLittleAtOnce(long? bytesPerSecond) =>
        Assert.InRange(new RateLimiter(bytesPerSecond, TimeProvider.System).LargestRead, 1024, 64 << 10);

    [Theory]
    [InlineData(28, HubError.NotEnoughSpace, "disk is full")]
    [InlineData(122, HubError.NotEnoughSpace, "disk is full")]
    [InlineData(27, HubError.StoreFailed, "cannot hold a file as large")]
    [InlineData(5, HubError.StoreFailed, "store fails")]
    public void DiskFailure_OfAnErrno_SaysWhatToDo(int errno, HubError expected, string words)
    {
        var failure = DiskFailure.Of(new IOException("no", errno), "/store/blob");
        Assert.Equal(expected, failure.Error);
        Assert.Contains(words, failure.Message);
        Assert.Contains("/store/blob", failure.Message);
    }
}
