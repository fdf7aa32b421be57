using System.Text.RegularExpressions;
using Exo.Engine.Tokenization.Patterns;
using FsCheck;
using FsCheck.Fluent;

namespace Exo.Tests.Engine.Tokenization.Patterns;

/// <summary>The hand-written matchers held to the general one, and that one to .NET's regular expressions where they can follow.</summary>
public sealed class KnownPatternTests
{
    private static readonly string[] Stretches =
    [
        "a", "Ab", "ABC", "aB", "don't", "'S", "'ſ", "'re", "'RE", "'l", "'", " ", "  ", "\t", "\n", "\r\n", " \n ", "1", "1234", "½", "Ⅷ", "٣", "é", "\u0301", "\u0903", "中", "あ", "ǅ", "ʰ", "!", "!?", "/", "//\n", "_",
        "\u00A0", "\u3000", "\u2028", "\u0085", "\u200B", "𝔸", "𝕏𝟙", "𠀀", "🙂", "\U000E0100", "\uFFFD",
    ];

    private static readonly Gen<string> Texts = Gen.Elements(Stretches).ListOf().Select(stretches => string.Concat(stretches));

    public static TheoryData<string> Patterns => [.. KnownPatterns.Texts];

    [Theory]
    [MemberData(nameof(Patterns))]
    public void FindAll_ByHand_FindsWhatTheGeneralMatcherFinds(string pattern)
    {
        var (byHand, general) = (KnownPatterns.Matcher(pattern), new GeneralPattern(pattern));
        Assert.IsNotType<GeneralPattern>(byHand);
        Assert.True(byHand.Tiles);

        Prop.ForAll(Texts.ToArbitrary(), text => Assert.Equal(Matches(general, text), Matches(byHand, text))).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void FindAll_General_FindsWhatDotNetFinds(string pattern)
    {
        // .NET sees halves of surrogate pairs, and its (?i) knows no ſ: those texts are left out.
        var (general, regex) = (new GeneralPattern(pattern), new Regex(pattern, RegexOptions.CultureInvariant));
        var texts = Texts.Where(text => !text.Any(char.IsSurrogate) && !text.Contains('ſ'));

        Prop.ForAll(texts.ToArbitrary(), text => Assert.Equal(regex.Matches(text).Select(match => match.Value), Matches(general, text))).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void FindAll_LettersAboveTheBasicPlane_AreLetters()
    {
        Assert.Equal(["𝔸b𠀀", " 𝕏", "🙂", " 🙂🙂"], Matches(KnownPatterns.Matcher(KnownPatterns.Gpt2), "𝔸b𠀀 𝕏🙂 🙂🙂"));
        Assert.Equal(["𝟙𝟚𝟛", "𝟜", "🙂𠀀"], Matches(KnownPatterns.Matcher(KnownPatterns.Llama3), "𝟙𝟚𝟛𝟜🙂𠀀"));
        Assert.Equal(["𝟙", "𝟚", "\U00020000\U0002A6DF"], Matches(KnownPatterns.Matcher(KnownPatterns.Qwen2), "𝟙𝟚\U00020000\U0002A6DF"));
        Assert.Equal(["𝐀𝐛", "𝐀𝐛"], Matches(KnownPatterns.Matcher(KnownPatterns.O200k), "𝐀𝐛𝐀𝐛"));
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void FindAll_AnyText_IsTiled(string pattern) =>
        Prop.ForAll(Texts.ToArbitrary(), text => Assert.Equal(text, string.Concat(Matches(KnownPatterns.Matcher(pattern), text)))).QuickCheckThrowOnFailure();

    private static string[] Matches(TextPattern pattern, string text)
    {
        var matches = new SpanList();
        pattern.FindAll(text, 0, matches);
        return [.. matches.Span.ToArray().Select(match => text.Substring(match.Start, match.Length))];
    }
}
