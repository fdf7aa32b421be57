using Exo.Engine.Tokenization.Patterns;
using Exo.Engine.Tokenization.PreTokenizers;
using Exo.Engine.Tokenization.Unicode;

namespace Exo.Engine.Tokenization.Json;

/// <summary>Builds the pre-tokenizers that a tokenizer.json lists.</summary>
internal static class PreTokenizerJson
{
    /// <summary>"Whitespace": <c>\w+|[^\w\s]+</c> of Rust's regex crate, whose word characters include the joiners and no superscripts.</summary>
    private const string Words = @"[[:word:]\u200C\u200D]+|[^[:word:]\s\u200C\u200D]+";

    /// <param name="part">"pre_tokenizer"; may be null.</param>
    /// <param name="takesBytes">Whether the model may take bytes itself; then the last step leaves them to it.</param>
    /// <param name="bytes">Whether the model has to: the words come as text whose UTF-8 it tokenizes.</param>
    public static PreTokenizer[] Read(JsonPart part, bool takesBytes, out bool bytes)
    {
        var parts = new List<JsonPart>();
        Flatten(part, parts, 0);
        bytes = takesBytes && parts is [.., { Type: "ByteLevel" }];
        var steps = new PreTokenizer[parts.Count];
        for (var i = 0; i < steps.Length; i++)
            steps[i] = Step(parts[i], spells: !(bytes && i == steps.Length - 1));
        return steps;
    }

    private static void Flatten(JsonPart part, List<JsonPart> parts, int depth)
    {
        if (part.IsNull)
            return;
        if (part.Type != "Sequence" || depth > 20)
            parts.Add(part);
        else
            foreach (var item in part["pretokenizers"].Items())
                Flatten(item, parts, depth + 1);
    }

    private static PreTokenizer Step(JsonPart part, bool spells)
    {
        switch (part.Type)
        {
            case "ByteLevel":
                return new ByteLevelPreTokenizer(part.Flag("add_prefix_space", missing: true), part.Flag("use_regex", missing: true), spells);
            case "Split":
                return new SplitPreTokenizer(Pattern(part["pattern"]), part.OneOf<SplitBehavior>("behavior"), part.Flag("invert"));
            case "Metaspace":
                return Metaspace(part);
            case "Digits":
                return part.Flag("individual_digits")
                    ? new SplitPreTokenizer(new CodePointPattern(CharClasses.IsNumber), SplitBehavior.Isolated)
                    : new SplitPreTokenizer(new CodePointPattern(CharClasses.IsNumber, runs: true), SplitBehavior.Isolated);
            case "Punctuation":
                return new SplitPreTokenizer(new CodePointPattern(CharClasses.IsPunctuation), part.OneOf<SplitBehavior>("behavior", SplitBehavior.Isolated));
            case "Whitespace":
                return new SplitPreTokenizer(new GeneralPattern(Words), SplitBehavior.Removed, invert: true);
            case "WhitespaceSplit":
                return new SplitPreTokenizer(new CodePointPattern(CharClasses.IsSpace), SplitBehavior.Removed);
            case "BertPreTokenizer":
                return new BertPreTokenizer();
            case "CharDelimiterSplit" or "Delimiter":
                return new SplitPreTokenizer(new LiteralPattern(part.Text("delimiter")), SplitBehavior.Removed);
            default:
                throw part["type"].Invalid($"{part.Type} is no pre-tokenizer that is known");
        }
    }

    /// <summary>{"String": literal} or {"Regex": pattern}.</summary>
    public static TextPattern Pattern(JsonPart part)
    {
        if (part.OptionalText("String") is { } literal)
            return new LiteralPattern(literal);
        try
        {
            return KnownPatterns.Matcher(part.Text("Regex"));
        }
        catch (FormatException e)
        {
            throw part["Regex"].Invalid(e.Message, e);
        }
    }

    public static PrependScheme Scheme(JsonPart part) =>
        part.OneOf<PrependScheme>("prepend_scheme", part.Flag("add_prefix_space", missing: true) ? PrependScheme.Always : PrependScheme.Never);

    public static string Replacement(JsonPart part) => part["replacement"].IsNull ? "▁" : Character(part, "replacement");

    public static string Character(JsonPart part, string name) =>
        part.Text(name) is { Length: <= 2 } text && text.EnumerateRunes().Count() == 1 ? text : throw part[name].Invalid("must be one character");

    private static MetaspacePreTokenizer Metaspace(JsonPart part) => new(Replacement(part), Scheme(part), part.Flag("split", missing: true));
}
