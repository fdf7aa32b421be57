using Exo.Hub.Transfer;
using FsCheck;
using FsCheck.Fluent;

namespace Exo.Tests.Hub.Transfer;

/// <summary>Holds the range set to a plain array of flags.</summary>
public sealed class RangeSetTests
{
    private const int Size = 64;

    [Fact]
    public void AnyAddsAndRemoves_BehaveLikeFlags()
    {
        var step = from start in Gen.Choose(0, Size - 1)
                   from length in Gen.Choose(0, Size - start)
                   from add in Gen.Elements(true, true, false)
                   select (Range: new ByteRange(start, length), Add: add);
        Prop.ForAll(Arb.From(Gen.ListOf(step)), steps =>
        {
            var set = new RangeSet();
            var flags = new bool[Size];
            foreach (var (range, add) in steps)
            {
                if (add) set.Add(range);
                else set.Remove(range);
                for (var i = range.Start; i < range.End; i++) flags[i] = add;
                Check(set, flags);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void MissingInAndContains_AgreeWithTheRanges()
    {
        var set = new RangeSet([new ByteRange(10, 10), new ByteRange(30, 5)]);

        Assert.Equal([ByteRange.FromTo(0, 10), ByteRange.FromTo(20, 30), ByteRange.FromTo(35, 40)], set.MissingIn(ByteRange.FromTo(0, 40)));
        Assert.Equal([ByteRange.FromTo(20, 25)], set.MissingIn(ByteRange.FromTo(15, 25)));
        Assert.True(set.Contains(ByteRange.FromTo(12, 20)));
        Assert.False(set.Contains(ByteRange.FromTo(12, 21)));
        Assert.Equal(ByteRange.FromTo(12, 20), set.RangeFrom(12));
        Assert.True(set.RangeFrom(20).IsEmpty);
    }

    private static void Check(RangeSet set, bool[] flags)
    {
        Assert.Equal(flags.Count(flag => flag), set.ByteCount);
        for (var i = 0; i < Size; i++) Assert.Equal(flags[i], set.Contains(new ByteRange(i, 1)));
        var ranges = set.ToArray();
        for (var i = 1; i < ranges.Length; i++) Assert.True(ranges[i - 1].End < ranges[i].Start, $"{set} touches or overlaps");
        Assert.Equal(Size - set.ByteCount, set.MissingIn(new ByteRange(0, Size)).Sum(range => range.Length));
    }
}
