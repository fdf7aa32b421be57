using System.Text;
using System.Text.Unicode;
using Exo.Engine.Tokenization.Models;
using Exo.Engine.Tokenization.Normalizers;
using Exo.Engine.Tokenization.Patterns;

namespace Exo.Engine.Tokenization.Decoders;

/// <summary>"ByteLevel": reads <see cref="ByteAlphabet"/>. A piece with other characters stands for itself.</summary>
internal sealed class ByteLevelStep : TokenStep
{
    public override void Apply(ref TokenText token)
    {
        var bytes = new byte[token.Bytes.Length];
        var length = ByteAlphabet.Read(token.Bytes, bytes);

        // An added token is literal text, unless it was spelled as the model spells pieces.
        if (length < 0 || (token.IsAdded && !Utf8.IsValid(bytes.AsSpan(0, length))))
            return;
        token.Bytes = bytes[..length];
    }
}

/// <summary>"ByteFallback": &lt;0x0A&gt; is the byte.</summary>
internal sealed class ByteFallbackStep : TokenStep
{
    public override void Apply(ref TokenText token)
    {
        if (ByteTokens.Read(token.Bytes) is >= 0 and var value)
            token.Bytes = [(byte)value];
    }
}

/// <summary>"Replace" within a token.</summary>
internal sealed class ReplaceStep(TextPattern pattern, string content) : TokenStep
{
    private readonly ReplaceNormalizer _replace = new(pattern, content);

    public override void Apply(ref TokenText token)
    {
        var text = Encoding.UTF8.GetString(token.Bytes);
        var replaced = _replace.Apply(text);
        if (!ReferenceEquals(text, replaced))
            token.Bytes = Encoding.UTF8.GetBytes(replaced);
    }
}

/// <summary>"Strip" within a token: up to so many of a character at either end.</summary>
internal sealed class StripStep(string content, int start, int stop) : TokenStep
{
    public override void Apply(ref TokenText token)
    {
        var text = Encoding.UTF8.GetString(token.Bytes).AsSpan();
        for (var i = 0; i < start && text.StartsWith(content); i++)
            text = text[content.Length..];
        for (var i = 0; i < stop && text.EndsWith(content); i++)
            text = text[..^content.Length];
        token.Bytes = Encoding.UTF8.GetBytes(text.ToString());
    }
}

/// <summary>"Metaspace": ▁ is a space, and nothing in the first token where the encoder put one before the text.</summary>
internal sealed class MetaspaceStep(string replacement, bool prepends) : TokenStep
{
    public override bool MindsFirst => prepends;

    public override void Apply(ref TokenText token) =>
        token.Bytes = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(token.Bytes)
            .Replace(replacement, token.IsFirst && prepends ? "" : " ", StringComparison.Ordinal));
}

/// <summary>"WordPiece": a space before each token that begins a word, and the usual tidying of English punctuation.</summary>
internal sealed class WordPieceStep(string prefix, bool cleanUp) : TokenStep
{
    private static readonly (string, string)[] Tidying =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"),
        (" 've", "'ve"), (" 're", "'re"),
    ];

    public override bool MindsFirst => true;

    public override void Apply(ref TokenText token)
    {
        var text = Encoding.UTF8.GetString(token.Bytes);
        if (!token.IsFirst)
            text = prefix.Length > 0 && text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : " " + text;
        if (cleanUp)
            foreach (var (untidy, tidy) in Tidying)
                text = text.Replace(untidy, tidy, StringComparison.Ordinal);
        token.Bytes = Encoding.UTF8.GetBytes(text);
    }
}

/// <summary>No decoder at all: tokens with spaces between.</summary>
internal sealed class SpaceBetweenStep : TokenStep
{
    public override bool MindsFirst => true;

    public override void Apply(ref TokenText token)
    {
        if (!token.IsFirst)
            token.Bytes = [(byte)' ', .. token.Bytes];
    }
}
