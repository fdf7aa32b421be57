using System.Text;
using Exo.Engine.Tokenization.Patterns;

namespace Exo.Engine.Tokenization.PreTokenizers;

/// <summary>A text on its way through the pre-tokenizers: the words found so far, as stretches of it.</summary>
internal sealed class PreTokens
{
    private SpanList _words = new();
    private SpanList _spare = new();

    public string Text { get; private set; } = "";

    /// <summary>Whether the first word is where the whole input begins.</summary>
    public bool AtStart { get; private set; }

    public ReadOnlySpan<TextSpan> Words => _words.Span;

    /// <summary>Matches of the pattern that is splitting just now.</summary>
    public SpanList Matches { get; } = new();

    public void Start(string text, TextSpan word, bool atStart)
    {
        Text = text;
        AtStart = atStart;
        _words.Clear();
        _words.Add(word.Start, word.Length);
    }

    /// <summary>Replaces every word by those that <paramref name="split"/> adds for it; it adds no empty ones.</summary>
    public void Split(Action<PreTokens, TextSpan, SpanList> split)
    {
        _spare.Clear();
        foreach (var word in _words.Span)
            split(this, word, _spare);
        (_words, _spare) = (_spare, _words);
    }

    /// <summary>Replaces the text; <paramref name="rewrite"/> appends each word's new spelling. Words that it leaves empty are gone.</summary>
    public void Rewrite(Action<PreTokens, TextSpan, StringBuilder> rewrite)
    {
        var text = new StringBuilder(Text.Length + 16);
        _spare.Clear();
        foreach (var word in _words.Span)
        {
            var start = text.Length;
            rewrite(this, word, text);
            if (text.Length > start)
                _spare.Add(start, text.Length - start);
        }
        (_words, _spare) = (_spare, _words);
        Text = text.ToString();
    }

    /// <summary>Forgets the text, and memory that only an unusually long one needed.</summary>
    public void Trim()
    {
        Text = "";
        _words.Trim(1 << 14);
        _spare.Trim(1 << 14);
        Matches.Trim(1 << 14);
    }
}
