using Exo.Engine.Tokenization.Models;

namespace Exo.Tests.Engine.Tokenization;

/// <summary>A long text takes work in proportion to its length, whatever it is made of. Counted, not timed.</summary>
public sealed class LinearityTests
{
    [Theory]
    [InlineData("abcdefghijklmnopqrstuvwxyz")]
    [InlineData("a")]
    [InlineData("ab")]
    public void Merge_OneLongWord_AsksForRanksInProportion(string alphabet)
    {
        var (small, large) = (RanksAsked(alphabet, 1 << 15), RanksAsked(alphabet, 1 << 17));

        // Each merge removes a symbol and asks for two ranks anew: never more than three per symbol.
        Assert.InRange(large, 1, 3 << 17);
        Assert.InRange((double)large / small, 3.5, 4.5);
    }

    [Fact]
    public void Encode_OneVeryLongWord_Ends()
    {
        var tokenizer = SmallTokenizers.Build(SmallTokenizers.ByteLevel());
        var text = string.Concat(Enumerable.Repeat("hello", 60_000));

        Assert.Equal(60_000, tokenizer.Encode(text, addSpecialTokens: false).Length);
        Assert.Equal(300_000, tokenizer.Encode(new string('(', 300_000), addSpecialTokens: false).Length);
        Assert.Equal(75_000, tokenizer.Encode(new string(' ', 300_000), addSpecialTokens: false).Count(id => tokenizer.Piece(id) == "ĠĠĠĠ"));
    }

    private static int RanksAsked(string alphabet, int length)
    {
        var random = new Random(5);
        var scratch = new EncodeScratch();
        for (var i = 0; i < length; i++)
            scratch.Symbols.Add(alphabet[random.Next(alphabet.Length)], i);
        scratch.Symbols.Close(length);
        var rule = new CountingRule(new Counter());

        Merger.Run(rule, scratch, new byte[length]);

        return rule.Counter.Value;
    }

    private sealed class Counter
    {
        public int Value;
    }

    /// <summary>Any two symbols may join into a larger one, four times over; pairs of low ids first.</summary>
    private readonly struct CountingRule(Counter counter) : IMergeRule
    {
        public Counter Counter => counter;

        public static bool NeedsBytes => true;

        public uint Rank(int left, int right, ReadOnlySpan<byte> joined, out int merged)
        {
            counter.Value++;
            merged = 1000 + left + right;
            return joined.Length <= 16 ? (uint)(left * 31 + right) : uint.MaxValue;
        }
    }
}
