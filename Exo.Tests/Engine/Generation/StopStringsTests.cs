using Exo.Engine.Generation;
using FsCheck;
using FsCheck.Fluent;

namespace Exo.Tests.Engine.Generation;

public sealed class StopStringsTests
{
    [Fact]
    public void Append_PossibleBeginning_IsHeldBackUntilItIsDecided()
    {
        var stops = new StopStrings(["</s>", "\n\n"]);

        Assert.Equal("Hello ", stops.Append("Hello <", out _));
        Assert.Equal("", stops.Append("/", out _));
        Assert.Equal("</b>", stops.Append("b>", out _));
        Assert.Equal("", stops.Append("\n", out _));
        Assert.Equal(1, stops.HeldLength);
        Assert.Equal("\n", stops.Flush());
    }

    [Fact]
    public void Append_StopAcrossPieces_EndsBeforeIt()
    {
        var stops = new StopStrings(["STOP"]);

        Assert.Equal("a", stops.Append("aST", out var early));
        Assert.Equal("", stops.Append("OP and more", out var stopped));
        Assert.Equal((false, true), (early, stopped));
        Assert.Equal("", stops.Flush());
    }

    [Fact]
    public void Append_TwoStopsEndTogether_TheLongerCounts()
    {
        Assert.Equal("a", new StopStrings(["c", "bc"]).Append("abcd", out _));
        Assert.Equal("xa", new StopStrings(["aby", "b", "xaby"]).Append("xabyz", out _)); // b is complete first
    }

    /// <summary>However a text is parted, it is cut where the naive reading, letter by letter, cuts it.</summary>
    [Fact]
    public void Append_TextInAnyPieces_IsCutAlike()
    {
        var letters = Gen.Elements('a', 'b', 'c');
        var texts = from length in Gen.Choose(0, 40) from text in letters.ArrayOf(length) select new string(text);
        var stops = from count in Gen.Choose(1, 3)
                    from found in (from length in Gen.Choose(1, 5) from text in letters.ArrayOf(length) select new string(text)).ArrayOf(count)
                    select found;
        var cases = from text in texts from stop in stops from cuts in Gen.Choose(1, 6).ListOf() select (text, stop, cuts.ToArray());

        Prop.ForAll(cases.ToArbitrary(), input =>
        {
            var (text, found, cuts) = input;
            var stop = new StopStrings(found);
            var result = "";
            var stopped = false;
            for (int at = 0, piece = 0; at < text.Length && !stopped; piece++)
            {
                var length = Math.Min(cuts.Length == 0 ? 1 : cuts[piece % cuts.Length], text.Length - at);
                result += stop.Append(text.Substring(at, length), out stopped);
                at += length;
            }

            if (!stopped) result += stop.Flush();
            return (result, stopped) == Naive(text, found);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static (string Text, bool Stopped) Naive(string text, string[] stops)
    {
        for (var end = 1; end <= text.Length; end++)
        {
            var hit = stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal)).MaxBy(stop => stop.Length);
            if (hit is not null) return (text[..(end - hit.Length)], true);
        }

        return (text, false);
    }
}
