namespace Exo.Engine.Tokenization.Models;

/// <summary>What a BPE model does besides merging.</summary>
internal sealed record BpeOptions
{
    /// <summary>The word is taken as its UTF-8, each byte a symbol, spelled in <see cref="ByteAlphabet"/> in the vocabulary.</summary>
    public bool TakesBytes { get; init; }

    /// <summary>A character that is no token becomes its bytes' tokens, "&lt;0x0A&gt;".</summary>
    public bool ByteFallback { get; init; }

    /// <summary>A word that is a token is that token, whatever the merges would make of it.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>A word of line breaks alone that is a token is that token: merges of GGUF files can't spell them.</summary>
    public bool LineBreaksWhole { get; init; }

    /// <summary>What a character becomes that is no token; null drops it.</summary>
    public int? UnknownId { get; init; }

    /// <summary>Neighbouring unknown characters become one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Goes before each character but a word's first.</summary>
    public string? ContinuingPrefix { get; init; }

    /// <summary>Goes after a word's last character.</summary>
    public string? EndOfWordSuffix { get; init; }
}
