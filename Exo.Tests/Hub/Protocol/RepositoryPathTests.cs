using Exo.Hub;
using Exo.Hub.Protocol;

namespace Exo.Tests.Hub.Protocol;

/// <summary>File names that a hostile hub might send.</summary>
public sealed class RepositoryPathTests
{
    [Theory]
    [InlineData("config.json")]
    [InlineData("sub/two words.txt")]
    [InlineData("ünïcode/模型.safetensors")]
    [InlineData("a..b/c-.x")]
    [InlineData(".gitattributes")]
    public void Checked_OfAnHonestName_IsTheName(string path) => Assert.Equal(path, RepositoryPath.Checked(path));

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("a/./x")]
    [InlineData("a//x")]
    [InlineData("a/")]
    [InlineData("a\\..\\x")]
    [InlineData("C:/x")]
    [InlineData("x:stream")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("trailing.")]
    [InlineData("trailing /x")]
    [InlineData("NUL")]
    [InlineData("sub/con.txt")]
    [InlineData(".git/hooks/post-checkout")]
    [InlineData("x\u202egnp.exe")]
    public void Checked_OfATrick_IsRefused(string path)
    {
        Assert.Equal(HubError.UnsafeFile, Assert.Throws<HubException>(() => RepositoryPath.Checked(path)).Error);
        Assert.False(RepositoryPath.IsSafe(path));
    }

    [Fact]
    public void Checked_OfEndlessNames_IsRefused()
    {
        Assert.False(RepositoryPath.IsSafe(new string('a', 256)));
        Assert.False(RepositoryPath.IsSafe(string.Join('/', Enumerable.Repeat("abcdefg", 200))));
    }
}
