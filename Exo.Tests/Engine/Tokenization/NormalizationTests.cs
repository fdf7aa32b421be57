using System.Text;
using Exo.Engine.Tokenization.Unicode;
using FsCheck;
using FsCheck.Fluent;

namespace Exo.Tests.Engine.Tokenization;

/// <summary>Normal forms, which the runtime itself leaves out under invariant globalization.</summary>
public sealed class NormalizationTests
{
    private static readonly int[] Points =
    [
        'a', 'e', 'o', 's', ' ', 0x301, 0x300, 0x308, 0x323, 0x327, 0x31B, 0x345, 0x334, 0xE9, 0x1E9B, 0x212B, 0x2126, 0x1100, 0x1161, 0x11A8, 0xAC00, 0xAC01, 0xD7A3,
        0x915, 0x93C, 0x958, 0x5D0, 0x5B7, 0xFB2E, 0xFB01, 0xFF21, 0x3099, 0x304B, 0x1D15E, 0x1D165, 0x1D16E, 0x110A5, 0x11131, 0x1F600, 0x2F800, 0x20000, 0x340, 0x344, 0x0F71, 0x0F72,
    ];

    private static readonly Gen<string> Texts = Gen.Elements(Points).ListOf().Select(points => string.Concat(points.Select(char.ConvertFromUtf32)));

    [Theory]
    [InlineData("e\u0301", "\u00E9", "e\u0301", "\u00E9", "e\u0301")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323", "\u017F\u0323\u0307", "\u1E69", "s\u0323\u0307")] // UAX 15, table 7.
    [InlineData("q\u0307\u0323", "q\u0323\u0307", "q\u0323\u0307", "q\u0323\u0307", "q\u0323\u0307")] // Marks in the order of their classes.
    [InlineData("\u212B\u2126", "\u00C5\u03A9", "A\u030A\u03A9", "\u00C5\u03A9", "A\u030A\u03A9")] // Singletons.
    [InlineData("\u1112\u1161\u11AB", "\uD55C", "\u1112\u1161\u11AB", "\uD55C", "\u1112\u1161\u11AB")] // Hangul.
    [InlineData("\uD55C\uAE00", "\uD55C\uAE00", "\u1112\u1161\u11AB\u1100\u1173\u11AF", "\uD55C\uAE00", "\u1112\u1161\u11AB\u1100\u1173\u11AF")]
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C")] // Excluded from composition.
    [InlineData("\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165")]
    [InlineData("\U00011131\U00011127", "\U0001112E", "\U00011131\U00011127", "\U0001112E", "\U00011131\U00011127")] // Composes above the basic plane.
    [InlineData("\uFB01 \uFF76\uFF9E \u2460 \u00BD", "\uFB01 \uFF76\uFF9E \u2460 \u00BD", "\uFB01 \uFF76\uFF9E \u2460 \u00BD", "fi \u30AC 1 1\u20442", "fi \u30AB\u3099 1 1\u20442")]
    [InlineData("a\u0301\u0323b", "\u1EA1\u0301b", "a\u0323\u0301b", "\u1EA1\u0301b", "a\u0323\u0301b")]
    [InlineData("\u0344", "\u0308\u0301", "\u0308\u0301", "\u0308\u0301", "\u0308\u0301")]
    public void Normalize_KnownTexts_GivesTheForms(string text, string c, string d, string kc, string kd)
    {
        Assert.Equal(Shown(c), Shown(UnicodeNormalization.Normalize(text, NormalizationForm.FormC)));
        Assert.Equal(Shown(d), Shown(UnicodeNormalization.Normalize(text, NormalizationForm.FormD)));
        Assert.Equal(Shown(kc), Shown(UnicodeNormalization.Normalize(text, NormalizationForm.FormKC)));
        Assert.Equal(Shown(kd), Shown(UnicodeNormalization.Normalize(text, NormalizationForm.FormKD)));
    }

    [Fact]
    public void Normalize_AnyText_FormsAgreeWithEachOther() =>
        Prop.ForAll(Texts.ToArbitrary(), text =>
        {
            string In(NormalizationForm form, string of) => Shown(UnicodeNormalization.Normalize(of, form));
            var (c, d) = (UnicodeNormalization.Normalize(text, NormalizationForm.FormC), UnicodeNormalization.Normalize(text, NormalizationForm.FormD));

            Assert.Equal(Shown(c), In(NormalizationForm.FormC, c));
            Assert.Equal(Shown(d), In(NormalizationForm.FormD, d));
            Assert.Equal(Shown(c), In(NormalizationForm.FormC, d)); // The short way over normal text and the long way agree.
            Assert.Equal(Shown(d), In(NormalizationForm.FormD, c));
            Assert.Equal(In(NormalizationForm.FormKC, text), In(NormalizationForm.FormKC, d));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Normalize_TextThatIsNormal_IsTheSameInstance()
    {
        foreach (var text in (string[])["plain", "naïve café", "日本語と中文", "한국어", "Привет 🙂"])
            Assert.Same(text, UnicodeNormalization.Normalize(text, NormalizationForm.FormC));
    }

    [Fact]
    public void Normalize_ManyMarks_TakesNoSquareOfTheTime()
    {
        var marks = "a" + string.Concat(Enumerable.Repeat("\u0301\u0323\u0327", 100_000));

        // Sorted one by one these would take minutes.
        Assert.Equal(marks.Length - 1, UnicodeNormalization.Normalize(marks, NormalizationForm.FormC).Length);
    }

    private static string Shown(string text) => string.Join(' ', text.EnumerateRunes().Select(rune => rune.Value.ToString("X4")));
}
