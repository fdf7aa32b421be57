using System.Text;

namespace Exo.Engine.Tokenization.Gguf;

/// <summary>The tokens of a GGUF vocabulary that are found in the text itself.</summary>
internal static class GgufAddedTokens
{
    /// <summary>Ends of turns, and fill-in-the-middle marks, that are control tokens whatever a file calls them: llama.cpp's list.</summary>
    private static readonly HashSet<string> AlwaysControl = new(StringComparer.Ordinal)
    {
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<|end_of_text|>", "<EOT>", "_<EOT>", "[EOT]", "<｜end▁of▁sentence｜>",
        "<end_of_utterance>", "<|eom_id|>", "<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>", "<｜fim▁begin｜>", "<PRE>", "▁<PRE>", "<|fim_suffix|>",
        "<fim-suffix>", "<fim_suffix>", "<｜fim▁hole｜>", "<SUF>", "▁<SUF>", "<|fim_middle|>", "<fim-middle>", "<fim_middle>", "<｜fim▁end｜>", "<MID>",
        "▁<MID>", "<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>", "<|file_sep|>",
        "<|return|>", "<|call|>", "[EOS]", "<turn|>",
    };

    public static List<AddedToken> Of(GgufVocabulary source)
    {
        var isPhi3 = source.Name?.Replace("-", "", StringComparison.Ordinal).Contains("phi3", StringComparison.OrdinalIgnoreCase) == true;
        var tokens = new List<AddedToken>();
        for (var id = 0; id < source.Tokens.Count; id++)
        {
            var type = source.TypeOf(id);
            var isAdded = type is GgufTokenType.Control or GgufTokenType.UserDefined or GgufTokenType.Unknown;
            var mayBeControl = LooksLikeAMark(source.Tokens[id]);
            if (!isAdded && !mayBeControl)
                continue;
            var content = Encoding.UTF8.GetString(source.Tokens[id]);
            var isControl = mayBeControl && AlwaysControl.Contains(content);
            if (content.Length == 0 || (!isAdded && !isControl))
                continue;
            tokens.Add(new AddedToken(id, content)
            {
                Special = isControl || type != GgufTokenType.UserDefined,
                RightStrip = isPhi3 && content is not ("<unk>" or "<s>" or "<|endoftext|>"),
            });
        }
        return tokens;
    }

    /// <summary>Whether a piece begins and ends as <see cref="AlwaysControl"/>'s do: spares the look-up of all others.</summary>
    private static bool LooksLikeAMark(ReadOnlySpan<byte> piece) =>
        piece is [(byte)'<' or (byte)'[' or (byte)'_' or 0xE2, .., (byte)'>' or (byte)']'];
}
