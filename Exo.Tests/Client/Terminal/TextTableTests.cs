using Exo.Client.Terminal;

namespace Exo.Tests.Client.Terminal;

/// <summary>Tables on terminals of any width.</summary>
public sealed class TextTableTests
{
    private static readonly TextColumn[] Columns = [new("NAME"), new("REVISION", Rank: 3), new("SIZE", Right: true), new("MODIFIED", Rank: 2), new("STATE", Rank: 1)];

    private static readonly string[] Row = ["org/half-GGUF", "8fce3867944c", "504 MiB", "2026-11-28 10:37", "incomplete"];

    [Fact]
    public void Write_AnyWidth_LeavesColumnsOutRatherThanBreakingCells()
    {
        for (var width = 30; width <= 100; width++)
        {
            var console = FakeConsole.OnTerminal(width);

            TextTable.Write(console, Columns, [Row]);

            var lines = console.Output.ToString().Split('\n').Where(line => !string.IsNullOrWhiteSpace(line)).ToArray();
            Assert.True(lines.Length == 3, $"At {width} columns:\n{console.Output}"); // Names, rule, row.
            Assert.All(lines, line => Assert.InRange(TextWidth.Of(line), 1, width));
            Assert.Contains(Row[0], lines[2]);
            Assert.Contains(Row[2], lines[2]);
        }
    }

    [Fact]
    public void Write_WideEnough_ShowsEveryColumn()
    {
        var console = FakeConsole.OnTerminal(width: 75);

        TextTable.Write(console, Columns, [Row]);

        Assert.All(Row, cell => Assert.Contains(cell, console.Output.ToString()));
    }
}
