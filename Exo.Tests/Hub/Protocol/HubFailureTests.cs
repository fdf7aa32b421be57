using System.Net;
using Exo.Hub;
using Exo.Hub.Protocol;
using Exo.Hub.Transfer;

namespace Exo.Tests.Hub.Protocol;

/// <summary>What servers say is shown to people: it may not steer their terminals.</summary>
public sealed class HubFailureTests
{
    private const string Steering = "\u001b[2Jgone\u0007\u009b31m";

    [Fact]
    public void Of_AReasonWithControlCharacters_ShowsItWithoutThem()
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.BadGateway) { ReasonPhrase = Steering };

        Assert.Equal("the server answers with an error (502 [2Jgone31m)", Of(answer).Message);
    }

    [Fact]
    public void Of_AnEndlessReason_ShowsItsBeginning()
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.BadGateway) { ReasonPhrase = new string('x', 50_000) };

        Assert.InRange(Of(answer).Message.Length, 300, 400);
    }

    /// <summary>.NET quotes the line that makes no sense.</summary>
    [Fact]
    public void Of_AConnectionThatBrokeOverAQuotedLine_ShowsItWithoutControlCharacters()
    {
        var broken = new HttpRequestException(HttpRequestError.InvalidResponse, $"Received an invalid status line: '{Steering}'.");

        Assert.DoesNotContain(HubFailure.Of(broken, new Uri("http://hub/"), proxy: null).Message, char.IsControl);
    }

    [Fact]
    public void Exceptions_WithControlCharacters_WriteThemOut()
    {
        Assert.Equal("its ETag is \\u001b[2Jgone\\u0007\\u009b31m", new HubException(HubError.BadAnswer, "its ETag is " + Steering).Message);
        Assert.Equal("line\\u000aline", new SourceException(SourceFailure.Transient, "line\nline").Message);
    }

    private static SourceException Of(HttpResponseMessage answer) => HubFailure.Of(answer, "org/name", "org/name", hasToken: false, DateTimeOffset.UnixEpoch, isFile: false);
}
