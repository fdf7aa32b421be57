using Exo.Client.Terminal;

namespace Exo.Tests.Client.Terminal;

public sealed class NoticeTests
{
    [Theory]
    [InlineData("one two three", 80, new[] { "one two three" })]
    [InlineData("one two three", 8, new[] { "one two", "three" })]
    [InlineData("a verylongword b", 5, new[] { "a", "verylongword", "b" })]
    [InlineData("日本 日本", 5, new[] { "日本", "日本" })]
    public void Rows_Text_BreaksBetweenWords(string text, int width, string[] rows) => Assert.Equal(rows, Notice.Rows(text, width));

    [Theory]
    [InlineData("short", 10, "short")]
    [InlineData("/a/long/path/to/model", 9, "…to/model")]
    public void Tail_LongName_KeepsItsEnd(string name, int width, string expected) => Assert.Equal(expected, Notice.Tail(name, width));

    [Fact]
    public void Tell_ListOnANarrowTerminal_StandsUnderEachOther()
    {
        var console = FakeConsole.OnTerminal(30);

        console.Tell([("/clear", "forget all that was said in it so far")]);

        Assert.Equal("/clear\n    forget all that was said\n    in it so far\n", console.Errors.ToString());
    }

    [Fact]
    public void Tell_ControlCharacters_ReplacesThem()
    {
        var console = FakeConsole.OnTerminal();

        console.Tell("one\e]0;two\a\nthree");
        console.Tell([("stop", "\e[2J")]);

        Assert.Equal("one\uFFFD]0;two\uFFFD three\nstop  \uFFFD[2J\n", console.Errors.ToString());
    }

    [Fact]
    public void Tell_NoTerminal_BreaksNothing()
    {
        var console = new FakeConsole { Width = 10 };

        console.Tell("a line that is longer than ten");

        Assert.Equal("a line that is longer than ten\n", console.Errors.ToString());
    }
}
