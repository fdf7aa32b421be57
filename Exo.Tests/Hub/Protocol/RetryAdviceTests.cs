using Exo.Hub;
using Exo.Hub.Protocol;

namespace Exo.Tests.Hub.Protocol;

/// <summary>How long servers ask to be left alone, and how long a client waits by itself.</summary>
public sealed class RetryAdviceTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Retry-After", "7", 7.0)]
    [InlineData("Retry-After", "Thu, 01 Jan 2026 12:01:30 GMT", 90.0)]
    [InlineData("Retry-After", "Thu, 01 Jan 2026 11:00:00 GMT", 0.0)]
    [InlineData("Retry-After", "999999", 3600.0)]
    [InlineData("RateLimit", "\"api\";r=0;t=55", 55.0)]
    [InlineData("RateLimit", "\"api\";r=3;t=55", null)]
    [InlineData("RateLimit", "\"api\";r=3;t=55, \"resolvers\";r=0;t=12", 12.0)]
    [InlineData("RateLimit", "nonsense;;r=;t=", null)]
    [InlineData("Server", "x", null)]
    public void Read_OfAHeader_IsWhatItAsks(string name, string value, double? seconds)
    {
        using var response = new HttpResponseMessage();
        Assert.True(response.Headers.TryAddWithoutValidation(name, value));
        Assert.Equal(seconds, RetryAdvice.Read(response.Headers, Now)?.TotalSeconds);
    }

    [Theory]
    [InlineData(408, true)]
    [InlineData(429, true)]
    [InlineData(500, true)]
    [InlineData(503, true)]
    [InlineData(404, false)]
    [InlineData(416, false)]
    public void Failure_OfAStatus_IsTriedAgainWhereThatMayHelp(int status, bool isTransient) => Assert.Equal(isTransient, HubFailure.IsTransient((System.Net.HttpStatusCode)status));

    [Fact]
    public void Delay_Doubles_UpToTheLongest_WithJitterBelowIt()
    {
        var options = new HubOptions { CacheFolder = "/c", FirstBackOff = TimeSpan.FromMilliseconds(500), LongestBackOff = TimeSpan.FromSeconds(20) };
        double[] expected = [0.5, 1, 2, 4, 8, 16, 20, 20];
        for (var failures = 1; failures <= expected.Length; failures++)
        {
            Assert.Equal(expected[failures - 1] / 2, BackOff.Delay(failures, null, options, 0).TotalSeconds, 3);
            Assert.Equal(expected[failures - 1], BackOff.Delay(failures, null, options, 1).TotalSeconds, 3);
        }
    }

    [Fact]
    public void Delay_ThatTheServerAsks_IsNeverCutShort()
    {
        var options = new HubOptions { CacheFolder = "/c", FirstBackOff = TimeSpan.FromMilliseconds(500), LongestBackOff = TimeSpan.FromSeconds(20) };
        Assert.Equal(55.0, BackOff.Delay(1, TimeSpan.FromSeconds(55), options, 0).TotalSeconds);
        Assert.InRange(BackOff.Delay(9, TimeSpan.FromSeconds(1), options, 0.99).TotalSeconds, 1, 1.5);
        Assert.True(BackOff.Delay(5, TimeSpan.Zero, options, 0) > TimeSpan.FromSeconds(3));
    }
}
