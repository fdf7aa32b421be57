using Exo.Engine.Tokenization.Patterns;

namespace Exo.Engine.Tokenization.PreTokenizers;

/// <summary>What becomes of a delimiter, as tokenizer.json names it.</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

/// <summary>Splits at a pattern's matches ("Split", "Punctuation", "Digits", "Whitespace" and others).</summary>
/// <param name="pattern">What delimits.</param>
/// <param name="behavior">What becomes of it.</param>
/// <param name="invert">Matches are the words and what lies between them delimits.</param>
internal sealed class SplitPreTokenizer(TextPattern pattern, SplitBehavior behavior, bool invert = false) : PreTokenizer
{
    /// <summary>All of the text is in matches, and all of them are kept.</summary>
    private readonly bool _keepsMatches = pattern.Tiles && (behavior == SplitBehavior.Isolated || (invert && behavior == SplitBehavior.Removed));

    public override void Apply(PreTokens tokens) => tokens.Split(SplitWord);

    private void SplitWord(PreTokens tokens, TextSpan word, SpanList words)
    {
        var text = tokens.Text.AsSpan(word.Start, word.Length);
        if (_keepsMatches)
        {
            pattern.FindAll(text, word.Start, words);
            return;
        }

        tokens.Matches.Clear();
        pattern.FindAll(text, word.Start, tokens.Matches);
        if (tokens.Matches.Count == 0 && (!invert || behavior != SplitBehavior.Removed))
        {
            words.Add(word.Start, word.Length);
            return;
        }
        var sink = new DelimiterSink(behavior, words);
        var done = word.Start;
        foreach (var match in tokens.Matches.Span)
        {
            if (match.Start > done)
                sink.Add(done, match.Start, isDelimiter: invert);
            sink.Add(match.Start, match.End, isDelimiter: !invert);
            done = match.End;
        }
        if (word.End > done)
            sink.Add(done, word.End, isDelimiter: invert);
        sink.Flush();
    }

    /// <summary>Joins the stretches as the behavior says. They come without gaps, left to right.</summary>
    private ref struct DelimiterSink(SplitBehavior behavior, SpanList words)
    {
        private int _start = -1;
        private int _end;
        private bool _lastIsDelimiter;

        public void Add(int start, int end, bool isDelimiter)
        {
            var joins = _start >= 0 && behavior switch
            {
                SplitBehavior.Contiguous => isDelimiter == _lastIsDelimiter,
                SplitBehavior.MergedWithPrevious => isDelimiter && !_lastIsDelimiter,
                SplitBehavior.MergedWithNext => !isDelimiter && _lastIsDelimiter,
                _ => false,
            };
            _lastIsDelimiter = isDelimiter;
            if (!joins)
                Flush();
            if (behavior == SplitBehavior.Removed && isDelimiter)
                return;
            if (!joins)
                _start = start;
            _end = end;
        }

        public void Flush()
        {
            if (_start >= 0 && _end > _start)
                words.Add(_start, _end - _start);
            _start = -1;
        }
    }
}
