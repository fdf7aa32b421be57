namespace Exo.Engine.Tokenization.PreTokenizers;

/// <summary>One step from normalized text to the words that the model tokenizes one by one. Stateless.</summary>
internal abstract class PreTokenizer
{
    /// <exception cref="TimeoutException">A pattern backtracks beyond all measure on this text.</exception>
    public abstract void Apply(PreTokens tokens);
}
