using Exo.Engine.Tokenization.Patterns;
using Exo.Engine.Tokenization.Unicode;

namespace Exo.Engine.Tokenization.PreTokenizers;

/// <summary>"BertPreTokenizer": words between whitespace, each punctuation mark a word of its own.</summary>
internal sealed class BertPreTokenizer : PreTokenizer
{
    private readonly SplitPreTokenizer _spaces = new(new CodePointPattern(CharClasses.IsSpace), SplitBehavior.Removed);
    private readonly SplitPreTokenizer _marks = new(new CodePointPattern(CharClasses.IsPunctuation), SplitBehavior.Isolated);

    public override void Apply(PreTokens tokens)
    {
        _spaces.Apply(tokens);
        _marks.Apply(tokens);
    }
}
