namespace Exo.Engine.Tokenization.Patterns;

/// <summary>Finds the stretches of a text that a tokenizer's pattern matches. Stateless: one instance serves all threads.</summary>
internal abstract class TextPattern
{
    /// <summary>True where the matches leave no gap: every text is tiled by them.</summary>
    public virtual bool Tiles => false;

    /// <summary>Adds all matches, left to right and apart, found as by searching again from each match's end.</summary>
    /// <param name="text">What is searched; nothing outside it is seen.</param>
    /// <param name="offset">Added to every start.</param>
    /// <param name="matches">Receives the matches; the empty ones too.</param>
    public abstract void FindAll(ReadOnlySpan<char> text, int offset, SpanList matches);
}
