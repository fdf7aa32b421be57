using System.Globalization;
using System.Text;
using Exo.Client.Terminal;

namespace Exo.Client.Run;

/// <summary>
/// Writes an answer as it comes. To a pipe or file: as it is. To a terminal: without control characters, which could take
/// the terminal over, and broken between words.
/// </summary>
internal sealed class AnswerText(IConsole console)
{
    private readonly StringBuilder _word = new();
    private int _wordColumns;
    private int _column;
    private bool _endsLine = true;

    /// <summary>Writes a part and makes it visible.</summary>
    public void Write(string text)
    {
        if (text.Length == 0) return;
        _endsLine = text[^1] == '\n';
        if (console.OutputIsTerminal) WriteToTerminal(text);
        else console.Out.Write(text);
        console.Out.Flush();
    }

    /// <summary>Ends the last line where the answer didn't.</summary>
    public void End()
    {
        if (!_endsLine) console.Out.Write('\n');
        console.Out.Flush();
        _endsLine = true;
        StartLine();
    }

    private void WriteToTerminal(string text)
    {
        for (var index = 0; index < text.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(text, index);
            var element = text.AsSpan(index, length);
            index += length;
            if (element is "\n" or "\r\n") BreakLine();
            else if (element is "\t") for (var count = 0; count < 4; count++) Put(" ", 1);
            else if (element.Length == 1 && char.IsControl(element[0])) Put(Printable.Replacement, 1);
            else Put(element, TextWidth.OfElement(element));
        }
    }

    private void Put(ReadOnlySpan<char> element, int columns)
    {
        var width = console.HasCursor ? console.Width - 1 : int.MaxValue; // A full last column leaves the cursor nowhere.
        if (element is " ")
        {
            if (_column >= width)
            {
                BreakLine();
                return;
            }
            StartWord();
        }
        else if (_column + columns > width)
        {
            WrapBefore();
        }
        console.Out.Write(element);
        _column += columns;
        if (element is " " || columns == 2) StartWord(); // Wide characters may part anywhere.
        else
        {
            _word.Append(element);
            _wordColumns += columns;
        }
    }

    /// <summary>Takes the word begun to the next line; one as long as the line is broken where it is.</summary>
    private void WrapBefore()
    {
        if (_wordColumns == _column || _wordColumns == 0)
        {
            BreakLine();
            return;
        }
        var word = _word.ToString();
        var columns = _wordColumns;
        console.Out.Write($"\e[{columns}D\e[K");
        BreakLine();
        console.Out.Write(word);
        _word.Append(word);
        _column = _wordColumns = columns;
    }

    private void BreakLine()
    {
        console.Out.Write('\n');
        StartLine();
    }

    private void StartLine()
    {
        _column = 0;
        StartWord();
    }

    private void StartWord()
    {
        _word.Clear();
        _wordColumns = 0;
    }
}
