namespace Exo.Engine.Tokenization.Normalizers;

/// <summary>One step that rewrites text before it is split. Stateless; text it leaves alone comes back as the same instance.</summary>
internal abstract class Normalizer
{
    /// <exception cref="TimeoutException">A pattern backtracks beyond all measure on this text.</exception>
    public abstract string Apply(string text);
}
