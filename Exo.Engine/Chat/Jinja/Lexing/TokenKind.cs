namespace Exo.Engine.Chat.Jinja;

/// <summary>What a token is. Operators have one kind; their text tells them apart.</summary>
internal enum TokenKind
{
    /// <summary>Template text outside all tags.</summary>
    Text,
    OutputBegin,
    OutputEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}
