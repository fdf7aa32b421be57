using Exo.Api;
using Exo.Api.Http;

namespace Exo.Tests.Api.Http;

public sealed class ServerOptionsTests
{
    [Theory]
    [InlineData("127.0.0.1:8080", "127.0.0.1:8080")]
    [InlineData("0.0.0.0", "0.0.0.0:52415")]
    [InlineData(":9000", "127.0.0.1:9000")]
    [InlineData("localhost", "127.0.0.1:52415")]
    [InlineData("*:80", "[::]:80")]
    [InlineData("::1", "[::1]:52415")]
    [InlineData("[::1]:81", "[::1]:81")]
    public void ParseListen_EachSpelling_IsAnEndPoint(string text, string expected) => Assert.Equal(expected, ServerOptions.ParseListen(text).ToString());

    [Theory]
    [InlineData("nowhere")]
    [InlineData("127.0.0.1:70000")]
    [InlineData("127.0.0.1:x")]
    public void ParseListen_NoAddress_SaysWhatOneLooksLike(string text)
    {
        var failure = Assert.Throws<ExoException>(() => ServerOptions.ParseListen(text));
        Assert.Contains($"'{text}'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:52415", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0:1")]
    [InlineData("[::]:1")]
    [InlineData("192.0.2.7:1")]
    public void Validate_OpenToTheNetworkWithoutAKey_IsRefused(string listen)
    {
        var options = new ServerOptions { Listen = ServerOptions.ParseListen(listen) };

        Assert.Contains("EXO_API_KEY", Assert.Throws<ExoException>(() => options.Validate()).Message, StringComparison.Ordinal);
        Assert.NotNull((options with { ApiKey = "secret" }).Validate());
    }

    [Theory]
    [InlineData("chat.example")]
    [InlineData("https://chat.example/")]
    [InlineData("*")]
    public void Validate_OriginThatNoBrowserSends_IsRefused(string origin)
    {
        var failure = Assert.Throws<ExoException>(() => new ServerOptions { CorsOrigins = ["http://localhost:3000", "app://exo", origin] }.Validate());

        Assert.Equal(ExoErrorKind.BadRequest, failure.Kind);
        Assert.Contains($"'{origin}' is no origin", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_LoopbackWithoutAKey_IsFine() => Assert.NotNull(new ServerOptions().Validate());
}
