using Exo.Client.Editing;

namespace Exo.Tests.Client.Editing;

public sealed class LineLayoutTests
{
    [Fact]
    public void Of_TextThatFillsARow_PutsTheCursorInTheNext()
    {
        var layout = LineLayout.Of("> ", "", "abcdef", 6, 8);

        Assert.Equal(["> abcdef", ""], layout.Rows);
        Assert.Equal((1, 0), (layout.CursorRow, layout.CursorColumn));
    }

    [Fact]
    public void Of_WideCharacterThatDoesNotFit_GoesToTheNextRow()
    {
        var layout = LineLayout.Of("> ", "", "abcd日本", 4, 7);

        Assert.Equal(["> abcd", "日本"], layout.Rows);
        Assert.Equal((1, 0), (layout.CursorRow, layout.CursorColumn));
    }

    [Fact]
    public void Of_LineBreak_BeginsWithTheContinuation()
    {
        var layout = LineLayout.Of(">>> ", "... ", "a\nb", 2, 20);

        Assert.Equal([">>> a", "... b"], layout.Rows);
        Assert.Equal((1, 4), (layout.CursorRow, layout.CursorColumn));
    }

    [Fact]
    public void Of_CombiningMark_TakesNoColumn()
    {
        var layout = LineLayout.Of("", "", "e\u0301e\u0301", 4, 20);

        Assert.Equal((0, 2), (layout.CursorRow, layout.CursorColumn));
    }
}
