using Exo.Engine.Tokenization.Unicode;

namespace Exo.Engine.Tokenization.Patterns;

/// <summary>A pattern's syntax tree.</summary>
internal abstract record PatternNode
{
    /// <summary>One code point of the set.</summary>
    public sealed record One(CodePointSet Set) : PatternNode;

    /// <summary>One after the other; none of them matches the empty text.</summary>
    public sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>The first alternative that leads to a match.</summary>
    public sealed record Choice(IReadOnlyList<PatternNode> Alternatives) : PatternNode;

    /// <param name="Body">What is repeated.</param>
    /// <param name="Min">At least so often.</param>
    /// <param name="Max">At most so often; int.MaxValue for no bound.</param>
    /// <param name="Greed">Which count is tried first, and whether another is tried at all.</param>
    public sealed record Repeat(PatternNode Body, int Min, int Max, Greed Greed) : PatternNode;

    /// <summary>The body, never entered again once it has matched.</summary>
    public sealed record Atomic(PatternNode Body) : PatternNode;

    public sealed record Look(PatternNode Body, bool Behind, bool Negative) : PatternNode;

    public sealed record Position(PositionKind Kind) : PatternNode;
}

internal enum Greed
{
    Greedy,
    Lazy,
    Possessive,
}

/// <summary>The assertions without width. Lines end at \n, as Oniguruma's Ruby syntax has it: ^ and $ are about lines.</summary>
internal enum PositionKind
{
    LineStart,
    LineEnd,
    TextStart,
    TextEnd,
    TextEndOrLastBreak,
    WordBorder,
    NoWordBorder,
}
