using System.Text;
using Exo.Engine.Tokenization.Normalizers;

namespace Exo.Engine.Tokenization.Json;

/// <summary>Builds the normalizers that a tokenizer.json lists.</summary>
internal static class NormalizerJson
{
    /// <param name="part">"normalizer"; may be null.</param>
    public static Normalizer[] Read(JsonPart part)
    {
        var steps = new List<Normalizer>();
        Flatten(part, steps, 0);
        return [.. steps];
    }

    private static void Flatten(JsonPart part, List<Normalizer> steps, int depth)
    {
        if (part.IsNull)
            return;
        if (part.Type != "Sequence" || depth > 20)
            steps.Add(Step(part));
        else
            foreach (var item in part["normalizers"].Items())
                Flatten(item, steps, depth + 1);
    }

    private static Normalizer Step(JsonPart part) => part.Type switch
    {
        "NFC" => new UnicodeNormalizer(NormalizationForm.FormC),
        "NFD" => new UnicodeNormalizer(NormalizationForm.FormD),
        "NFKC" => new UnicodeNormalizer(NormalizationForm.FormKC),
        "NFKD" => new UnicodeNormalizer(NormalizationForm.FormKD),
        "Lowercase" => new LowercaseNormalizer(),
        "Prepend" => new PrependNormalizer(part.ShortText("prepend")),
        "Replace" => new ReplaceNormalizer(PreTokenizerJson.Pattern(part["pattern"]), part.ShortText("content")),
        "Strip" or "StripNormalizer" => new StripNormalizer(part.Flag("strip_left", missing: true), part.Flag("strip_right", missing: true)),
        "StripAccents" => CodePointNormalizer.StripAccents,
        "Nmt" => CodePointNormalizer.Nmt,
        "ByteLevel" => new ByteLevelNormalizer(),
        "BertNormalizer" or "Bert" => Bert(part),
        var other => throw part["type"].Invalid($"{other} is no normalizer that is known"),
    };

    private static BertNormalizer Bert(JsonPart part)
    {
        var lowercase = part.Flag("lowercase", missing: true);
        return new(
            part.Flag("clean_text", missing: true),
            part.Flag("handle_chinese_chars", missing: true),
            part.Flag("strip_accents", missing: lowercase),
            lowercase);
    }
}
