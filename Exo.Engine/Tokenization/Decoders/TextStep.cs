using System.Text;

namespace Exo.Engine.Tokenization.Decoders;

/// <summary>One decoder step on the joined text. Makes a filter for each text, which passes on what can no longer change.</summary>
internal abstract class TextStep
{
    public abstract TextFilter Start();
}

/// <summary>A <see cref="TextStep"/> at work on one text.</summary>
internal abstract class TextFilter
{
    /// <summary>Nothing is held, and whatever comes passes unchanged from here on.</summary>
    public virtual bool PassesAll => false;

    /// <summary>Takes more of the text and appends what is settled.</summary>
    public abstract void Push(ReadOnlySpan<char> text, StringBuilder output);

    /// <summary>Appends the rest.</summary>
    public virtual void Flush(StringBuilder output)
    {
    }
}

/// <summary>"Strip" on the joined text: up to <paramref name="start"/> of a character at its beginning, up to <paramref name="stop"/> at its end.</summary>
internal sealed class StripTextStep(char content, int start, int stop) : TextStep
{
    public override TextFilter Start() => new Filter(content, start, stop);

    private sealed class Filter(char content, int start, int stop) : TextFilter
    {
        private int _startLeft = start;

        /// <summary>Characters that would go if the text ended here.</summary>
        private int _held;

        public override bool PassesAll => _startLeft == 0 && stop == 0;

        public override void Push(ReadOnlySpan<char> text, StringBuilder output)
        {
            foreach (var c in text)
            {
                if (_startLeft > 0 && c == content)
                {
                    _startLeft--;
                    continue;
                }
                _startLeft = 0;
                if (c == content && stop > 0)
                {
                    if (_held == stop)
                        output.Append(content);
                    else
                        _held++;
                    continue;
                }
                output.Append(content, _held).Append(c);
                _held = 0;
            }
        }
    }
}

/// <summary>"Replace" of a literal on the joined text.</summary>
internal sealed class ReplaceTextStep(string literal, string content) : TextStep
{
    public override TextFilter Start() => new Filter(literal, content);

    private sealed class Filter(string literal, string content) : TextFilter
    {
        private string _held = "";

        public override void Push(ReadOnlySpan<char> text, StringBuilder output)
        {
            var pending = string.Concat(_held, text).AsSpan();
            for (int found; (found = pending.IndexOf(literal)) >= 0; pending = pending[(found + literal.Length)..])
                output.Append(pending[..found]).Append(content);

            // The longest end that may yet become the literal waits.
            var keep = Math.Min(literal.Length - 1, pending.Length);
            while (!literal.AsSpan().StartsWith(pending[^keep..]))
                keep--;
            output.Append(pending[..^keep]);
            _held = pending[^keep..].ToString();
        }

        public override void Flush(StringBuilder output) => output.Append(_held);
    }
}
