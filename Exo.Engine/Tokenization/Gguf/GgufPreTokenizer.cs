using Exo.Engine.Tokenization.Patterns;
using Exo.Engine.Tokenization.PreTokenizers;

namespace Exo.Engine.Tokenization.Gguf;

/// <summary>What the name of a GGUF file's pre-tokenizer stands for.</summary>
/// <param name="Patterns">Applied one after the other, each splitting what the one before has left; matches and what lies between are all kept.</param>
internal sealed record GgufPreTokenizer(params string[] Patterns)
{
    private const string OneDigit = @"\p{N}";

    /// <summary>The cased letters of the Unicode version of the day.</summary>
    private const string DeepSeekLetters = @"\s?["
        + @"A-Za-z\x{B5}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{1BA}\x{1BC}-\x{1BF}\x{1C4}-\x{293}\x{295}-\x{2AF}\x{370}-\x{373}"
        + @"\x{376}\x{377}\x{37B}-\x{37D}\x{37F}\x{386}\x{388}-\x{38A}\x{38C}\x{38E}-\x{3A1}\x{3A3}-\x{3F5}\x{3F7}-\x{481}"
        + @"\x{48A}-\x{52F}\x{531}-\x{556}\x{10A0}-\x{10C5}\x{13A0}-\x{13F5}\x{13F8}-\x{13FD}\x{1C90}-\x{1CBA}\x{1CBD}-\x{1CBF}"
        + @"\x{1D00}-\x{1D2B}\x{1D6B}-\x{1D77}\x{1D79}-\x{1D9A}\x{1E00}-\x{1F15}\x{1F18}-\x{1F1D}\x{1F20}-\x{1F45}"
        + @"\x{1F48}-\x{1F4D}\x{1F50}-\x{1F57}\x{1F59}\x{1F5B}\x{1F5D}\x{1F5F}-\x{1F7D}\x{1F80}-\x{1FB4}\x{1FB6}-\x{1FBC}\x{1FBE}"
        + @"\x{1FC2}-\x{1FC4}\x{1FC6}-\x{1FCC}\x{1FD0}-\x{1FD3}\x{1FD6}-\x{1FDB}\x{1FE0}-\x{1FEC}\x{1FF2}-\x{1FF4}"
        + @"\x{1FF6}-\x{1FFC}\x{2102}\x{2107}\x{210A}-\x{2113}\x{2115}\x{2119}-\x{211D}\x{2124}\x{2126}\x{2128}\x{212A}-\x{212D}"
        + @"\x{212F}-\x{2134}\x{2139}\x{213C}-\x{213F}\x{2145}-\x{2149}\x{214E}\x{2183}\x{2184}\x{2C00}-\x{2C7B}\x{2C7E}-\x{2CE4}"
        + @"\x{2CEB}-\x{2CEE}\x{2CF2}\x{2CF3}\x{A640}-\x{A66D}\x{A680}-\x{A69B}\x{A722}-\x{A76F}\x{A771}-\x{A787}\x{A78B}-\x{A78E}"
        + @"\x{AB70}-\x{ABBF}\x{FB00}-\x{FB06}\x{FB13}-\x{FB17}\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}\x{10400}-\x{1044F}"
        + @"\x{104B0}-\x{104D3}\x{104D8}-\x{104FB}\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2}\x{118A0}-\x{118DF}\x{1E900}-\x{1E943}"
        + "]+";

    private const string DeepSeekSigns = @"\s?[!-/:-~\x{FF01}-\x{FF0F}\x{FF1A}-\x{FF5E}\x{2018}-\x{201F}\x{3000}-\x{3002}]+";

    private const string DeepSeekWide = @"[\x{4E00}-\x{9FA5}\x{800}-\x{4E00}\x{AC00}-\x{D7FF}]+";

    private const string Bloom = @" ?[^(\s|.,!?\x{2026}\x{3002}\x{FF0C}\x{3001}\x{964}\x{6D4}\x{60C})]+";

    private const string DeepSeek3 =
        @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>GPT-4o's words, with runs of Chinese characters apart.</summary>
    private const string Kimi =
        @"[\p{Han}]+"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>A word that is a token is that token, whatever the merges would make of it.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>Whether a bos token is added where the file doesn't say.</summary>
    public bool AddBos { get; init; }

    /// <summary>SentencePiece's way: ▁ for spaces, characters instead of bytes.</summary>
    public bool Metaspace { get; init; }

    /// <summary>The pre-tokenizer of that name, or null for an unknown one. Names and what they stand for are llama.cpp's.</summary>
    public static GgufPreTokenizer? Named(string? name)
    {
        switch (name)
        {
            case null or "" or "default":
                return new(@"[\p{P}\$\+<=>\^~\|]+", KnownPatterns.Gpt2, @"\p{N}+", "[0-9][0-9][0-9]");
            case "llama3" or "llama-v3" or "llama-bpe" or "falcon3" or "falcon-h1" or "pixtral" or "midm-2.0" or "lfm2" or "jina-v5-nano":
                return new(KnownPatterns.Llama3) { IgnoreMerges = true, AddBos = true };
            case "dbrx" or "smaug-bpe" or "glm4" or "chatglm-bpe":
                return new(KnownPatterns.Llama3);
            case "minicpm5":
                return new(@"\p{N}{1,3}", KnownPatterns.Llama3.Replace("{1,3}", "+", StringComparison.Ordinal)) { IgnoreMerges = true };
            case "gpt-2" or "phi-2" or "jina-es" or "jina-de" or "gigachat" or "jina-v2-es" or "jina-v2-de" or "a.x-4.0" or "mellum" or "modern-bert"
                or "jina-v1-en" or "jina-v2-code" or "roberta-bpe" or "mpt" or "olmo" or "jais" or "trillion" or "granite-docling" or "exaone4":
                return new(KnownPatterns.Gpt2);
            case "starcoder" or "refact" or "command-r" or "smollm" or "codeshell" or "exaone" or "minerva-7b" or "mellum2":
                return new(OneDigit, KnownPatterns.Gpt2);
            case "falcon":
                return new(@"[\p{P}\$\+<=>\^~\|`]+", KnownPatterns.Gpt2, "[0-9][0-9][0-9]");
            case "qwen2" or "deepseek-r1-qwen" or "kormo" or "f2llmv2" or "stablelm2" or "hunyuan" or "solar-open" or "megrez" or "grok-2":
                return new(KnownPatterns.Qwen2);
            case "qwen35":
                return new(KnownPatterns.Qwen35);
            case "deepseek-llm":
                return new("[\r\n]", DeepSeekLetters, DeepSeekSigns, @"\s+$", DeepSeekWide, @"\p{N}+");
            case "deepseek-coder":
                return new("[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", DeepSeekWide, OneDigit);
            case "deepseek-v3" or "hunyuan-dense" or "joyai-llm" or "hy_v4":
                return new(@"\p{N}{1,3}", @"[\x{4E00}-\x{9FA5}\x{3040}-\x{309F}\x{30A0}-\x{30FF}]+", DeepSeek3);
            case "tekken":
                return new(KnownPatterns.Tekken) { IgnoreMerges = true, AddBos = true };
            case "gpt-4o" or "llama4" or "kanana2" or "talkie" or "minimax-m2":
                return new(KnownPatterns.O200k);
            case "granite-embed-multi-97m":
                return new(KnownPatterns.O200k) { IgnoreMerges = true };
            case "tiny_aya" or "cohere2moe":
                return new(@"\d{1,3}(?=(?:\d{3})*\b)", KnownPatterns.O200k);
            case "kimi-k2":
                return new(Kimi);
            case "superbpe":
                return new(@"\p{N}+", @"(?=(\d{3})+(?!\d))");
            case "bailingmoe" or "bailingmoe2" or "llada-moe":
                return new(@"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+");
            case "seed-coder":
                return new(@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+");
            case "ufakzeka":
                return new(@"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+");
            case "exaone-moe":
                return new(
                    @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+"
                    + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+");
            case "laguna":
                return new(@"[^\n]+|[\n]+", KnownPatterns.Qwen2);
            case "poro-chat" or "bloom" or "gpt3-finnish":
                return new(Bloom);
            case "viking":
                return new(Bloom, OneDigit);
            case "chameleon":
                return new("<sentinel:[0-9]+>", "IMGIMG[A-I]{1,4}Z", @"[\t\n]|    |  ", OneDigit, @"[\p{P}!-/:-@\[-`{-~]", KnownPatterns.Gpt2) { AddBos = true };
            case "gemma4" or "granite-embed-multi-311m":
                return new(@"[^\n]+|[\n]+") { Metaspace = true, AddBos = true };
            case "sarvam-moe":
                return new(@"[^\n]+|[\n]+") { Metaspace = true };
            default:
                return null;
        }
    }

    public IEnumerable<PreTokenizer> Steps() => Patterns.Select(pattern => new SplitPreTokenizer(KnownPatterns.Matcher(pattern), SplitBehavior.Isolated));
}
