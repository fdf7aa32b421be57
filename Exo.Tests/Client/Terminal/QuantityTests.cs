using Exo.Client.Terminal;

namespace Exo.Tests.Client.Terminal;

public sealed class QuantityTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.0 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(4971973988, "4.6 GiB")]
    [InlineData(300_000_000, "286 MiB")]
    public void Bytes_Count_HasAFittingUnit(double count, string expected) => Assert.Equal(expected, Quantity.Bytes(count));

    [Theory]
    [InlineData(0.4, "1 s")]
    [InlineData(59, "59 s")]
    [InlineData(65, "1:05")]
    [InlineData(7384, "2:03:04")]
    public void TimeLeft_Seconds_ReadLikeAClock(double seconds, string expected) => Assert.Equal(expected, Quantity.TimeLeft(seconds));

    [Theory]
    [InlineData(0, "    ")]
    [InlineData(1, "████")]
    [InlineData(0.5, "██  ")]
    [InlineData(0.53125, "██▏ ")]
    [InlineData(7, "████")]
    [InlineData(double.NaN, "    ")]
    public void Bar_Fraction_FillsItsWidth(double fraction, string expected) => Assert.Equal(expected, Bar.Of(fraction, 4));

    [Theory]
    [InlineData("Writing", 80, 54)]
    [InlineData("Loading 日本", 40, 39)]
    [InlineData("Checking", 10, 19)]
    public void BarRow_Width_LeavesTheLastColumnWhereItCan(string doing, int width, int columns)
    {
        var row = Bar.Row(doing, 0.426, width);

        Assert.Equal(columns, TextWidth.Of(row));
        Assert.StartsWith(doing + " █", row);
        Assert.EndsWith("  42 %", row);
    }
}
