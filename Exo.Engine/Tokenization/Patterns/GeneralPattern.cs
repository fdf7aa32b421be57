using Exo.Engine.Tokenization.Unicode;

namespace Exo.Engine.Tokenization.Patterns;

/// <summary>Any pattern, by <see cref="PatternMachine"/>: what no hand-written matcher knows.</summary>
internal sealed class GeneralPattern(string pattern) : TextPattern
{
    private readonly PatternProgram _program = PatternProgram.Compile(pattern);

    /// <exception cref="TimeoutException">The pattern backtracks beyond all measure on this text.</exception>
    public override void FindAll(ReadOnlySpan<char> text, int offset, SpanList matches)
    {
        var machine = new PatternMachine(_program, text);
        for (var at = 0; at <= text.Length;)
        {
            var start = machine.Find(at, out var end);
            if (start < 0)
                return;
            matches.Add(offset + start, end - start);
            at = end > start ? end : start < text.Length && CharClasses.CodePointAt(text, start, out var length) >= 0 ? start + length : start + 1;
        }
    }
}
