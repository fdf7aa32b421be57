using System.Text;
using Exo.Engine.Tokenization;

namespace Exo.Api.Local;

/// <summary>A text token by token.</summary>
internal static class TokenPieces
{
    /// <summary>Each token with the text it adds.</summary>
    public static TokenizedText Of(Tokenizer tokenizer, string text, bool addSpecialTokens)
    {
        var ids = tokenizer.Encode(text, addSpecialTokens);
        return new TokenizedText([.. ids.Select(id => new TokenPiece(id, PieceOf(tokenizer, id)))]);
    }

    private static string PieceOf(Tokenizer tokenizer, int id) => tokenizer.Bytes(id) is { Length: > 0 } bytes ? Encoding.UTF8.GetString(bytes) : tokenizer.Piece(id);
}
