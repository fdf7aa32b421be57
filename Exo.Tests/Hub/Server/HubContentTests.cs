using System.Security.Cryptography;
using System.Text;

namespace Exo.Tests.Hub.Server;

public sealed class HubContentTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 70_001)]
    [InlineData(65_535, 2)]
    [InlineData(65_543, 131_072)]
    public void SeededContent_ReadAnywhere_AgreesWithTheWhole(long offset, int count)
    {
        var content = new SeededContent(7, 200_000);
        var part = new byte[count];

        content.Read(offset, part);

        Assert.Equal(content.ToArray()[(int)offset..((int)offset + count)], part);
    }

    [Fact]
    public void SeededContent_OtherSeedOrPage_HasOtherBytes()
    {
        var first = new SeededContent(1, 1 << 17).ToArray();
        var second = new SeededContent(2, 1 << 17).ToArray();

        Assert.NotEqual(first, second);
        Assert.NotEqual(first[..(1 << 16)], first[(1 << 16)..]);
    }

    [Fact]
    public void JoinedContent_AcrossParts_ReadsThemInOrder()
    {
        var content = new JoinedContent(new BytesContent("abc"u8.ToArray()), new BytesContent([]), new BytesContent("defg"u8.ToArray()), new BytesContent("h"u8.ToArray()));

        for (var start = 0; start <= 8; start++)
            for (var end = start; end <= 8; end++)
            {
                var part = new byte[end - start];
                content.Read(start, part);
                Assert.Equal("abcdefgh"[start..end], Encoding.ASCII.GetString(part));
            }
    }

    [Fact]
    public void HubFile_Hashes_AreThoseOfGitAndLfs()
    {
        var plain = new ServedFile("hello.txt", new BytesContent("hello\n"u8.ToArray()));
        var large = new ServedFile("x.bin", new SeededContent(5, 3_000_001)) { IsLfs = true };

        Assert.Equal("ce013625030ba8dba906f756967f9e9ca394464a", plain.GitSha1); // echo hello | git hash-object --stdin
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(large.Content.ToArray())), large.Sha256);
        Assert.Equal(large.Sha256, large.ETag);
    }
}
