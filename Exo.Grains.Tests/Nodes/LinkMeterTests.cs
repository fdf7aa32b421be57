using Exo.Grains.Nodes;

namespace Exo.Grains.Tests.Nodes;

public sealed class LinkMeterTests
{
    [Fact]
    public void Facts_TellHalfARoundTrip_AndTheBytesTimeBeyondIt()
    {
        List<TimeSpan> small = [.. new[] { 2.0, 50, 2, 2, 1 }.Select(TimeSpan.FromMilliseconds)];

        var link = LinkMeter.Facts("b", small, TimeSpan.FromMilliseconds(12));

        Assert.Equal(TimeSpan.FromMilliseconds(1), link.Latency); // The median, whatever the worst was.
        Assert.Equal(2.0 * (1 << 20) / 0.010, link.BytesPerSecond, tolerance: 1); // Both ways in 10 ms.
    }

    [Fact]
    public void Facts_OfALargeEchoFasterThanASmallOne_AreStillAboveZero() =>
        Assert.True(LinkMeter.Facts("b", [TimeSpan.FromMilliseconds(2)], TimeSpan.FromMilliseconds(1)).BytesPerSecond is > 0 and < double.PositiveInfinity);
}
