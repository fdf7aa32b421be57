using Exo.Engine.Tokenization.Decoders;
using Exo.Engine.Tokenization.PreTokenizers;

namespace Exo.Engine.Tokenization.Json;

/// <summary>Builds the decoder that a tokenizer.json describes.</summary>
internal static class DecoderJson
{
    /// <param name="part">"decoder"; may be null: then spaces go between the tokens.</param>
    public static TokenDecoder Read(JsonPart part)
    {
        if (part.IsNull)
            return new([new SpaceBetweenStep()], []);
        var tokenSteps = new List<TokenStep>();
        var textSteps = new List<TextStep>();
        var fused = false;
        foreach (var step in Flatten(part, 0))
        {
            if (fused)
                textSteps.AddRange(OnText(step));
            else
                fused = OnToken(step, tokenSteps, textSteps);
        }
        return new(tokenSteps, textSteps);
    }

    private static IEnumerable<JsonPart> Flatten(JsonPart part, int depth) =>
        part.Type == "Sequence" && depth < 20 ? part["decoders"].Items().SelectMany(item => Flatten(item, depth + 1)) : [part];

    /// <summary>Adds a step before the tokens are joined; true where it joins them.</summary>
    private static bool OnToken(JsonPart part, List<TokenStep> tokenSteps, List<TextStep> textSteps)
    {
        switch (part.Type)
        {
            case "ByteLevel":
                tokenSteps.Add(new ByteLevelStep());
                return true;
            case "Fuse":
                return true;
            case "ByteFallback":
                tokenSteps.Add(new ByteFallbackStep());
                return false;
            case "Replace":
                tokenSteps.Add(new ReplaceStep(PreTokenizerJson.Pattern(part["pattern"]), part.ShortText("content")));
                return false;
            case "Strip":
                tokenSteps.Add(new StripStep(PreTokenizerJson.Character(part, "content"), part.Number("start"), part.Number("stop")));
                return false;
            case "Metaspace":
                tokenSteps.Add(new MetaspaceStep(PreTokenizerJson.Replacement(part), PreTokenizerJson.Scheme(part) != PrependScheme.Never));
                return false;
            case "WordPiece":
                tokenSteps.Add(new WordPieceStep(part.OptionalText("prefix") ?? "##", part.Flag("cleanup", missing: true)));
                return false;
            case "BPEDecoder":
                // The suffix ends a word: a space, but for the text's last one.
                tokenSteps.Add(new ReplaceStep(new Patterns.LiteralPattern(part.OptionalText("suffix") ?? "</w>"), " "));
                textSteps.Add(new StripTextStep(' ', 0, 1));
                return false;
            default:
                throw part["type"].Invalid($"{part.Type} is no decoder that is known");
        }
    }

    /// <summary>A step after the tokens are joined.</summary>
    private static IEnumerable<TextStep> OnText(JsonPart part)
    {
        switch (part.Type)
        {
            case "Fuse" or "ByteFallback" or "ByteLevel":
                return [];
            case "Strip" when part.Text("content") is [var content]:
                return [new StripTextStep(content, part.Number("start"), part.Number("stop"))];
            case "Replace" when part["pattern"].OptionalText("String") is { Length: > 0 and <= 64 } literal:
                return [new ReplaceTextStep(literal, part.ShortText("content"))];
            default:
                throw part.Invalid($"{part.Type} after the tokens are joined is not supported");
        }
    }
}
