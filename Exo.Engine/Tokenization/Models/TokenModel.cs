namespace Exo.Engine.Tokenization.Models;

/// <summary>What turns a word into tokens. Stateless: a call's memory is in its <see cref="EncodeScratch"/>.</summary>
internal abstract class TokenModel(Vocabulary vocabulary)
{
    public Vocabulary Vocabulary { get; } = vocabulary;

    /// <summary>The model in words: "byte-level BPE".</summary>
    public abstract string Kind { get; }

    /// <summary>Appends a word's tokens to the scratch's output.</summary>
    public abstract void Encode(ReadOnlySpan<char> word, EncodeScratch scratch);
}
