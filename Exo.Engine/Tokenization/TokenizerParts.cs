using Exo.Engine.Tokenization.Decoders;
using Exo.Engine.Tokenization.Models;
using Exo.Engine.Tokenization.Normalizers;
using Exo.Engine.Tokenization.PreTokenizers;

namespace Exo.Engine.Tokenization;

/// <summary>What a tokenizer is made of, whichever file describes it.</summary>
internal sealed record TokenizerParts
{
    /// <summary>The file, for what is to be said about it later.</summary>
    public required string File { get; init; }

    public required TokenModel Model { get; init; }

    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    public required IReadOnlyList<Normalizer> Normalizers { get; init; }

    public required IReadOnlyList<PreTokenizer> PreTokenizers { get; init; }

    public required PostProcessor PostProcessor { get; init; }

    public required TokenDecoder Decoder { get; init; }

    /// <summary>The token that begins a text, where the file says which.</summary>
    public int? BosId { get; init; }

    /// <summary>The token that ends a text, where the file says which.</summary>
    public int? EosId { get; init; }
}
