namespace Exo.Engine.Tokenization;

/// <summary>What goes around a text's tokens: a template of ids, with null for the text itself.</summary>
internal sealed record PostProcessor(IReadOnlyList<int?> Template)
{
    /// <summary>The text alone.</summary>
    public static PostProcessor None { get; } = new([null]);

    /// <summary>The token that every text begins with, where there is one.</summary>
    public int? First => Template is [int id, ..] ? id : null;

    /// <summary>The token that every text ends with, where there is one.</summary>
    public int? Last => Template is [.., int id] ? id : null;

    /// <summary>This template around another's result.</summary>
    public PostProcessor Around(PostProcessor inner) =>
        new([.. Template.SelectMany(piece => piece is null ? inner.Template : [piece])]);

    public int[] Apply(ReadOnlySpan<int> ids)
    {
        var result = new int[Template.Sum(piece => piece is null ? 0 : 1) + Template.Count(piece => piece is null) * ids.Length];
        var at = 0;
        foreach (var piece in Template)
        {
            if (piece is { } id)
                result[at++] = id;
            else
            {
                ids.CopyTo(result.AsSpan(at));
                at += ids.Length;
            }
        }
        return result;
    }
}
