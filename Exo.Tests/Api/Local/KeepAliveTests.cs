using Exo.Api.Local;

namespace Exo.Tests.Api.Local;

public sealed class KeepAliveTests
{
    [Theory]
    [InlineData("5m", 300)]
    [InlineData("1h30m", 5400)]
    [InlineData("90s", 90)]
    [InlineData("500ms", 0.5)]
    [InlineData("1.5h", 5400)]
    [InlineData("300", 300)]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    public void TryParse_Time_IsThatLong(string text, double seconds)
    {
        Assert.True(KeepAlive.TryParse(text, out var time));
        Assert.Equal(TimeSpan.FromSeconds(seconds), time);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("-5m")]
    [InlineData("10000000000")]
    public void TryParse_NegativeOrLongerThanAnybodyWaits_IsForGood(string text)
    {
        Assert.True(KeepAlive.TryParse(text, out var time));
        Assert.Equal(KeepAlive.Forever, time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("5 minutes")]
    [InlineData("5m5")]
    [InlineData("NaN")]
    public void TryParse_NoTime_IsRefused(string text) => Assert.False(KeepAlive.TryParse(text, out _));
}
