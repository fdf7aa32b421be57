using Exo.Engine;
using Exo.Engine.Models;
using Exo.Engine.Tokenization;

namespace Exo.Api.Local;

/// <summary>Opens a model's tokenizer, wherever its format keeps it.</summary>
internal static class Tokenizers
{
    /// <exception cref="InvalidModelException">There is none, or it is not what it must be.</exception>
    public static Tokenizer Open(ModelFiles files) => files switch
    {
        ModelFolder folder => Tokenizer.FromJson(folder.TokenizerPath),
        _ => throw new InvalidModelException(files.Path, null, $"no tokenizer is known for {files.Format} models"),
    };

    /// <summary>Each token with the text it adds.</summary>
    public static TokenizedText Tokenize(this Tokenizer tokenizer, string text, bool addSpecialTokens)
    {
        var ids = tokenizer.Encode(text, addSpecialTokens);
        return new TokenizedText([.. ids.Select(id => new TokenPiece(id, PieceOf(tokenizer, id)))]);
    }

    private static string PieceOf(Tokenizer tokenizer, int id) => tokenizer.Bytes(id) is { Length: > 0 } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : tokenizer.Piece(id);
}
