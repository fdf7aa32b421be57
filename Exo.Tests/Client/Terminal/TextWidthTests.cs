using Exo.Client.Terminal;

namespace Exo.Tests.Client.Terminal;

public sealed class TextWidthTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("abc", 3)]
    [InlineData("é", 1)]
    [InlineData("e\u0301", 1)]
    [InlineData("日本", 4)]
    [InlineData("한", 2)]
    [InlineData("👍", 2)]
    [InlineData("👩‍👩‍👧", 2)]
    [InlineData("❤️", 2)]
    [InlineData("❤", 1)]
    [InlineData("ﾊﾝｶｸ", 4)]
    [InlineData("Ｆ", 2)]
    [InlineData("\u200b", 0)]
    public void Of_Text_CountsColumns(string text, int columns) => Assert.Equal(columns, TextWidth.Of(text));

    [Theory]
    [InlineData("abcdef", 6, "abcdef")]
    [InlineData("abcdef", 5, "abcd…")]
    [InlineData("日本語", 5, "日本…")]
    [InlineData("日本語", 4, "日…")]
    [InlineData("abc", 0, "")]
    public void Clip_TextTooWide_EndsWithAnEllipsis(string text, int width, string expected) => Assert.Equal(expected, TextWidth.Clip(text, width));
}
