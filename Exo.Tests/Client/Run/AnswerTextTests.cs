using Exo.Client.Run;

namespace Exo.Tests.Client.Run;

public sealed class AnswerTextTests
{
    [Theory]
    [InlineData(12, "one two three four five", new[] { "one two", "three four", "five" })]
    [InlineData(12, "abcdefghijklmnopqrst", new[] { "abcdefghijk", "lmnopqrst" })]
    [InlineData(12, "a\n\nb", new[] { "a", "", "b" })]
    [InlineData(10, "日本語日本語日本語", new[] { "日本語日", "本語日本", "語" })]
    [InlineData(12, "ab \u001b[2Jcd", new[] { "ab \uFFFD[2Jcd" })]
    public void Write_OnATerminal_BreaksBetweenWords(int width, string text, string[] rows)
    {
        foreach (var size in (int[])[1, 2, 3, 5, 100])
        {
            var console = FakeConsole.OnTerminal(width);
            var answer = new AnswerText(console);

            foreach (var part in text.Chunk(size)) answer.Write(new string(part));
            answer.End();

            Assert.Equal(rows, Screen.Rows(console.Output.ToString(), width));
        }
    }

    [Fact]
    public void Write_ToAFile_ChangesNothing()
    {
        var console = new FakeConsole { Width = 5 };
        var answer = new AnswerText(console);

        answer.Write("a long line of text\u001b[1m");
        answer.End();

        Assert.Equal("a long line of text\u001b[1m\n", console.Output.ToString());
    }

    [Fact]
    public void End_AfterALineBreak_AddsNone()
    {
        var console = new FakeConsole();
        var answer = new AnswerText(console);

        answer.Write("a\n");
        answer.End();
        answer.End();

        Assert.Equal("a\n", console.Output.ToString());
    }

    [Fact]
    public void Write_OnATerminalWithoutCursor_WritesNoCodes()
    {
        var console = new FakeConsole { OutputIsTerminal = true, Width = 8 };

        new AnswerText(console).Write("more than eight columns");

        Assert.Equal("more than eight columns", console.Output.ToString());
    }
}
