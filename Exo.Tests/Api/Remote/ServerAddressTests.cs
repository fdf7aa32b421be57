using Exo.Api;
using Exo.Api.Remote;

namespace Exo.Tests.Api.Remote;

public sealed class ServerAddressTests
{
    [Theory]
    [InlineData("box", "http://box:52415/")]
    [InlineData("box:8080", "http://box:8080/")]
    [InlineData("box:80", "http://box/")]
    [InlineData("http://box", "http://box:52415/")]
    [InlineData("http://box:80/", "http://box/")]
    [InlineData("https://box.example", "https://box.example/")]
    [InlineData("https://box.example/exo", "https://box.example/exo/")]
    [InlineData("192.0.2.7", "http://192.0.2.7:52415/")]
    [InlineData("[::1]", "http://[::1]:52415/")]
    [InlineData("[::1]:9", "http://[::1]:9/")]
    public void Parse_Address_IsRead(string text, string url) => Assert.Equal(url, ServerAddress.Parse(text).Url.AbsoluteUri);

    [Theory]
    [InlineData("ftp://box")]
    [InlineData("http://")]
    [InlineData("a b")]
    [InlineData("box:99999")]
    public void Parse_NoAddress_SaysWhatOneIs(string text) => Assert.Contains("--host", Assert.Throws<ExoException>(() => ServerAddress.Parse(text)).Message);

    [Fact]
    public void ToString_KeepsTheKeyToItself() => Assert.DoesNotContain("secret", ServerAddress.Parse("box", "secret").ToString());
}
