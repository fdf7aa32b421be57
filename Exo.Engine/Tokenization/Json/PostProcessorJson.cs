namespace Exo.Engine.Tokenization.Json;

/// <summary>Builds the template that a tokenizer.json's post-processors make for a single text.</summary>
internal static class PostProcessorJson
{
    private const int MaxPieces = 64;

    /// <param name="part">"post_processor"; may be null.</param>
    /// <param name="idOf">The id of a token by its spelling, or -1.</param>
    public static PostProcessor Read(JsonPart part, Func<string, int> idOf)
    {
        if (part.IsNull)
            return PostProcessor.None;
        switch (part.Type)
        {
            case "ByteLevel":
                return PostProcessor.None; // It moves offsets, which nobody asks for here.
            case "Sequence":
                var result = PostProcessor.None;
                foreach (var item in part["processors"].Items())
                {
                    result = Read(item, idOf).Around(result);
                    if (result.Template.Count > MaxPieces)
                        throw part.Invalid($"adds more than {MaxPieces} tokens");
                }
                return result;
            case "TemplateProcessing":
                return Template(part, idOf);
            case "RobertaProcessing" or "BertProcessing":
                return new([Named(part["cls"]), null, Named(part["sep"])]);
            default:
                throw part["type"].Invalid($"{part.Type} is no post-processor that is known");
        }
    }

    private static PostProcessor Template(JsonPart part, Func<string, int> idOf)
    {
        var pieces = new List<int?>();
        foreach (var piece in part["single"].Items())
        {
            if (piece["SpecialToken"] is { IsNull: false } special)
                pieces.AddRange(Ids(special));
            else if (piece["Sequence"].Text("id") == "A")
                pieces.Add(null);
            else
                throw piece.Invalid("a template for one text may only have the sequence A");
            if (pieces.Count > MaxPieces)
                throw part.Invalid($"adds more than {MaxPieces} tokens");
        }
        return new(pieces);

        IEnumerable<int?> Ids(JsonPart special)
        {
            var name = special.Text("id");
            var token = part["special_tokens"][name];
            if (!token.IsNull)
                return [.. token["ids"].Items().Select(id => (int?)Checked(id))];
            return idOf(name) is >= 0 and var id ? [id] : throw special.Invalid($"{name} is not among the special_tokens");
        }
    }

    /// <summary>["&lt;/s&gt;", 2]</summary>
    private static int Named(JsonPart part) =>
        part.Items().ToArray() is [_, var id] ? Checked(id) : throw part.Invalid("must be a token and its id");

    private static int Checked(JsonPart id) =>
        id.AsNumber() is < Vocabulary.MaxIds and var value ? value : throw id.Invalid($"is no token's id: {id.AsNumber()}");
}
