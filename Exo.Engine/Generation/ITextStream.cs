namespace Exo.Engine.Generation;

/// <summary>Turns one sequence's tokens into text as they come, whole characters only.</summary>
internal interface ITextStream
{
    /// <summary>The text that is certain with this token; empty in the middle of a character.</summary>
    string Append(int tokenId);

    /// <summary>What is left at the end.</summary>
    string Flush();
}
