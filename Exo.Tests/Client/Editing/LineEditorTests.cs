using Exo.Client.Editing;

namespace Exo.Tests.Client.Editing;

public sealed class LineEditorTests
{
    private const string CtrlA = "\u0001", CtrlB = "\u0002", CtrlC = "\u0003", CtrlD = "\u0004", CtrlE = "\u0005", CtrlK = "\u000b", CtrlU = "\u0015", CtrlW = "\u0017", CtrlY = "\u0019";

    [Theory]
    [InlineData("hello\n", "hello")]
    [InlineData("hello\b\bp\n", "help")]
    [InlineData("ello" + CtrlA + "h" + CtrlE + "!\n", "hello!")]
    [InlineData("one two" + CtrlW + "three\n", "one three")]
    [InlineData("one two" + CtrlU + "x\n", "x")]
    [InlineData("one two" + CtrlA + CtrlK + "x\n", "x")]
    [InlineData("one two" + CtrlW + CtrlA + CtrlY + " \n", "two one ")]
    [InlineData("abc" + CtrlB + CtrlB + CtrlD + "\n", "ac")]
    [InlineData("日本\b語\n", "日語")]
    [InlineData("e\u0301x\b\b\n", "")]
    [InlineData("👩‍👩‍👧z" + CtrlB + CtrlB + "a\n", "a👩‍👩‍👧z")]
    public void Read_Keys_EditTheLine(string keys, string expected)
    {
        var console = FakeConsole.OnTerminal();
        console.Script.Type(keys);

        Assert.Equal((LineEnd.Entered, expected), new LineEditor(console, new LineHistory()).Read(">>> ", "... "));
    }

    [Fact]
    public void Read_CtrlC_Interrupts()
    {
        var console = FakeConsole.OnTerminal();
        console.Script.Type("half" + CtrlC);

        Assert.Equal(LineEnd.Interrupted, new LineEditor(console, new LineHistory()).Read(">>> ", "... ").End);
    }

    [Fact]
    public void Read_CtrlDOnAnEmptyLine_Closes()
    {
        var console = FakeConsole.OnTerminal();
        console.Script.Type(CtrlD);

        Assert.Equal(LineEnd.Closed, new LineEditor(console, new LineHistory()).Read(">>> ", "... ").End);
    }

    [Fact]
    public void Read_TerminalGone_Closes() =>
        Assert.Equal(LineEnd.Closed, new LineEditor(FakeConsole.OnTerminal(), new LineHistory()).Read(">>> ", "... ").End);

    [Fact]
    public void Read_Arrows_WalkTheHistoryAndKeepTheDraft()
    {
        var console = FakeConsole.OnTerminal();
        var editor = new LineEditor(console, new LineHistory());
        console.Script.Type("one\ntwo\n");
        editor.Read("", "");
        editor.Read("", "");

        console.Script.Type("dra").Press(ConsoleKey.UpArrow).Press(ConsoleKey.UpArrow).Press(ConsoleKey.UpArrow).Type("\n");
        Assert.Equal("one", editor.Read("", "").Text);
        console.Script.Type("draft").Press(ConsoleKey.UpArrow).Press(ConsoleKey.DownArrow).Press(ConsoleKey.DownArrow).Type("!\n");
        Assert.Equal("draft!", editor.Read("", "").Text);
    }

    [Fact]
    public void Read_AltEnter_BreaksTheLineAndArrowsMoveBetweenLines()
    {
        var console = FakeConsole.OnTerminal();
        console.Script.Type("ab").Press(ConsoleKey.Enter, ConsoleModifiers.Alt, '\r').Type("cd").Press(ConsoleKey.UpArrow).Type("!\n");

        Assert.Equal("ab!\ncd", new LineEditor(console, new LineHistory()).Read("", "").Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_Paste_KeepsItsLineBreaksAndSendsNothingOff(bool altBracket)
    {
        var console = FakeConsole.OnTerminal();
        Bracket(console, altBracket, "200~").Script.Type("one\ntwo");
        Bracket(console, altBracket, "201~").Script.Type("!\n");

        Assert.Equal("one\ntwo!", new LineEditor(console, new LineHistory()).Read(">>> ", "... ").Text);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(20)]
    [InlineData(7)]
    public void Read_AnyWidth_ShowsWhatWasTyped(int width)
    {
        var console = FakeConsole.OnTerminal(width);
        const string Text = "日本語 mixed with words, and a 👍 at the end";
        foreach (var element in Text.EnumerateRunes())
        {
            console.Script.Type(element.ToString());
        }
        console.Script.Press(ConsoleKey.LeftArrow).Press(ConsoleKey.Home).Press(ConsoleKey.End).Type("\n");

        new LineEditor(console, new LineHistory()).Read(">>> ", "... ");

        Assert.Equal(">>> " + Text, string.Concat(Screen.Rows(console.Output.ToString(), width).Select((row, index) => row)).Replace("  ", " ", StringComparison.Ordinal), ignoreAllWhiteSpace: true);
    }

    [Fact]
    public void Read_EscapeCharacterTyped_NeverReachesTheScreen()
    {
        var console = FakeConsole.OnTerminal();
        Bracket(console, false, "200~").Script.Type("a\tb\u0007");
        Bracket(console, false, "201~").Script.Type("\n");

        var (_, text) = new LineEditor(console, new LineHistory()).Read(">>> ", "... ");

        Assert.Equal("a\tb\u0007", text);
        Assert.Equal([">>> a    b^G"], Screen.Rows(console.Output.ToString(), 80));
    }

    private static FakeConsole Bracket(FakeConsole console, bool altBracket, string rest)
    {
        if (altBracket) console.Script.Press(0, ConsoleModifiers.Alt, '[').Type(rest);
        else console.Script.Type("\e[" + rest);
        return console;
    }
}
