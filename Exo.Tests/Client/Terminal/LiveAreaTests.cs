using Exo.Client.Terminal;

namespace Exo.Tests.Client.Terminal;

/// <summary>Bars on a terminal whose size changes between two drawings.</summary>
public sealed class LiveAreaTests
{
    private static readonly string[] Bars = [new('a', 70), "short", new('b', 79), new('漢', 20)];

    [Theory]
    [InlineData(79)]
    [InlineData(60)]
    [InlineData(40)]
    [InlineData(21)]
    [InlineData(120)]
    [InlineData(20)] // As wide as half of the last row.
    public void Show_OnATerminalOfAnotherWidth_LeavesNoRowOfTheLastDrawing(int width)
    {
        var console = FakeConsole.OnTerminal(80);
        using var area = new LiveArea(console);
        var screen = new Screen(80);
        console.Error.Write("$ exo pull\n");
        area.Show(Bars);
        screen.Write(Taken(console)).Resize(console.Width = width);

        area.Show(Bars);
        screen.Write(Taken(console));
        Assert.Equal(["$ exo pull", .. Bars.Select(bar => TextWidth.Clip(bar, width - 1))], screen.Text());

        area.Clear();
        Assert.Equal(["$ exo pull"], screen.Write(Taken(console)).Text());
    }

    [Theory]
    [InlineData(50)]
    [InlineData(10)]
    public void Clear_OnATerminalThatWasMadeNarrower_TakesEveryRowAway(int width)
    {
        var console = FakeConsole.OnTerminal(80);
        using var area = new LiveArea(console);
        var screen = new Screen(80);
        console.Error.Write("first\nsecond\n");
        area.Show(Bars);
        screen.Write(Taken(console)).Resize(console.Width = width);

        area.Clear();

        Assert.Equal(["first", "second"], screen.Write(Taken(console)).Text());
    }

    [Fact]
    public void Show_OnANarrowerTerminalThatCutsRows_KeepsWhatStandsAbove()
    {
        var console = new FakeConsole { ErrorIsTerminal = true, HasCursor = true, Reflows = false };
        using var area = new LiveArea(console);
        area.Show(Bars);
        Taken(console);
        console.Width = 40;

        area.Show(Bars);

        Assert.StartsWith("\r\e[3A", Taken(console));
    }

    [Fact]
    public void Tell_WhileLinesAreShown_GoesAboveThem()
    {
        var console = FakeConsole.OnTerminal(80);
        var screen = new Screen(80);
        using (var area = new LiveArea(console))
        {
            area.Show(["one", "two"]);

            console.Tell("told");
            Assert.Equal(["told", "one", "two"], screen.Write(Taken(console)).Text());

            area.Show(["three", "four"]);
            Assert.Equal(["told", "three", "four"], screen.Write(Taken(console)).Text());
        }

        console.Tell("told later");
        Assert.Equal(["told", "told later"], screen.Write(Taken(console)).Text());
    }

    [Fact]
    public void Show_LineWithControlCharacters_ReplacesThem()
    {
        var console = FakeConsole.OnTerminal(80);
        using var area = new LiveArea(console);

        area.Show(["a\e[2J\nb"]);

        Assert.Equal("\ra\uFFFD[2J b\e[K\r", Taken(console));
    }

    [Fact]
    public void Show_AfterCtrlZAndFg_DrawsBelowTheShellsRows()
    {
        var console = FakeConsole.OnTerminal(80);
        using var area = new LiveArea(console);
        var screen = new Screen(80);
        area.Show(["one", "two"]);
        screen.Write(Taken(console) + "\nStopped\n$ fg\n");
        console.Stay = null;
        area.Show(["never", "seen"]);
        Assert.Equal("", Taken(console));
        console.Stay = 1;

        area.Show(["one", "two"]);
        area.Show(["more", "two"]);

        Assert.Equal(["one", "two", "Stopped", "$ fg", "more", "two"], screen.Write(Taken(console)).Text());
        area.Clear();
        Assert.Equal(["one", "two", "Stopped", "$ fg"], screen.Write(Taken(console)).Text());
    }

    [Fact]
    public void Clear_AfterCtrlZAndFg_TakesNothingOfTheShellsAway()
    {
        var console = FakeConsole.OnTerminal(80);
        using var area = new LiveArea(console);
        area.Show(["one", "two"]);
        Taken(console);
        console.Stay = 1;

        area.Clear();

        Assert.Equal("", Taken(console));
    }

    /// <summary>What was written since the last time.</summary>
    private static string Taken(FakeConsole console)
    {
        var written = console.Errors.ToString();
        console.Errors.GetStringBuilder().Clear();
        return written;
    }
}
