using System.Text;
using Exo.Engine.Tokenization.Patterns;

namespace Exo.Engine.Tokenization.PreTokenizers;

/// <summary>Where SentencePiece's "dummy prefix" goes.</summary>
internal enum PrependScheme
{
    /// <summary>Before every stretch between added tokens.</summary>
    Always,

    /// <summary>Before the input's beginning only.</summary>
    First,

    Never,
}

/// <summary>"Metaspace": spaces become the replacement, ▁ as a rule, which then begins each word.</summary>
internal sealed class MetaspacePreTokenizer(string replacement, PrependScheme scheme, bool split) : PreTokenizer
{
    private readonly SplitPreTokenizer? _split = split ? new(new LiteralPattern(replacement), SplitBehavior.MergedWithNext) : null;

    public override void Apply(PreTokens tokens)
    {
        tokens.Rewrite(Replace);
        _split?.Apply(tokens);
    }

    private void Replace(PreTokens tokens, TextSpan word, StringBuilder text)
    {
        var chars = tokens.Text.AsSpan(word.Start, word.Length);
        var prepends = scheme == PrependScheme.Always || (scheme == PrependScheme.First && tokens.AtStart && text.Length == 0);
        if (prepends && chars[0] != ' ' && !chars.StartsWith(replacement))
            text.Append(replacement);
        for (int space; (space = chars.IndexOf(' ')) >= 0; chars = chars[(space + 1)..])
            text.Append(chars[..space]).Append(replacement);
        text.Append(chars);
    }
}
