using System.Runtime.CompilerServices;
using Exo.Engine.Tokenization.Decoders;
using Exo.Engine.Tokenization.Models;
using Exo.Engine.Tokenization.Normalizers;
using Exo.Engine.Tokenization.Patterns;
using Exo.Engine.Tokenization.PreTokenizers;

namespace Exo.Engine.Tokenization.Gguf;

/// <summary>Builds the tokenizer that a GGUF file's vocabulary describes, as llama.cpp understands it.</summary>
internal static class GgufTokenizer
{
    /// <exception cref="InvalidModelException">The vocabulary asks for something unknown or lacks what it needs.</exception>
    public static Tokenizer Build(GgufVocabulary source) => source.Model switch
    {
        "gpt2" or "gemma4" => Gpt2(source),
        "llama" => Llama(source),
        "bert" => Bert(source),
        var other => throw new InvalidModelException(source.File, "tokenizer.ggml.model", $"{other} is no vocabulary that is known; gpt2, llama and bert are"),
    };

    private static Tokenizer Gpt2(GgufVocabulary source)
    {
        var pre = GgufPreTokenizer.Named(source.Model == "gemma4" ? "gemma4" : source.Pre)
            ?? throw new InvalidModelException(source.File, "tokenizer.ggml.pre", $"{source.Pre} is no pre-tokenizer that is known");
        var vocabulary = Pieces(source);
        var model = new BpeModel(vocabulary, Merges(source, vocabulary), new BpeOptions
        {
            TakesBytes = !pre.Metaspace,
            ByteFallback = pre.Metaspace,
            IgnoreMerges = pre.IgnoreMerges,
            LineBreaksWhole = pre.Metaspace,
        });
        return new Tokenizer(new TokenizerParts
        {
            File = source.File,
            Model = model,
            AddedTokens = GgufAddedTokens.Of(source),
            Normalizers = pre.Metaspace ? [EscapeSpaces()] : [],
            PreTokenizers = [.. pre.Steps()],
            PostProcessor = Around(source, source.AddBos ?? pre.AddBos, source.AddEos ?? false),
            Decoder = pre.Metaspace ? SentencePieceDecoder(stripsFirst: false) : new TokenDecoder([new ByteLevelStep()], []),
            BosId = source.BosId,
            EosId = source.EosId,
        });
    }

    private static Tokenizer Llama(GgufVocabulary source)
    {
        var prefix = source.AddSpacePrefix ?? true;
        return new Tokenizer(new TokenizerParts
        {
            File = source.File,
            Model = new SentencePieceModel(Pieces(source), [.. Enumerable.Range(0, source.Tokens.Count).Select(Score)], source.UnknownId ?? 0),
            AddedTokens = GgufAddedTokens.Of(source),
            Normalizers = prefix ? [new PrependNormalizer(" "), EscapeSpaces()] : [EscapeSpaces()],
            PreTokenizers = [],
            PostProcessor = Around(source, source.AddBos ?? true, source.AddEos ?? false),
            Decoder = SentencePieceDecoder(prefix),
            BosId = source.BosId,
            EosId = source.EosId,
        });

        // Control, unknown and byte tokens are no pieces that text may merge to.
        float Score(int id) => source.TypeOf(id) is GgufTokenType.Control or GgufTokenType.Unknown or GgufTokenType.Byte ? float.NaN : source.Scores?[id] ?? 0;
    }

    private static Tokenizer Bert(GgufVocabulary source)
    {
        var lowercase = source.Lowercase ?? true;
        var unknown = source.UnknownId ?? 100;
        return new Tokenizer(new TokenizerParts
        {
            File = source.File,
            Model = new WordPieceModel(Pieces(source), firstPrefix: "\u2581", continuingPrefix: "", unknown, maxChars: int.MaxValue),
            AddedTokens = GgufAddedTokens.Of(source),
            Normalizers = [new BertNormalizer(cleanText: true, chineseApart: true, source.StripAccents ?? lowercase, lowercase)],
            PreTokenizers = [new BertPreTokenizer()],
            PostProcessor = new([source.BosId ?? source.ClassId ?? 101, null, source.SeparatorId ?? 102]),
            Decoder = SentencePieceDecoder(stripsFirst: true),
        });
    }

    private static Vocabulary Pieces(GgufVocabulary source)
    {
        var builder = new VocabularyBuilder();
        for (var id = 0; id < source.Tokens.Count; id++)
            builder.Add(source.Tokens[id], id);
        return builder.Build();
    }

    /// <summary>Merges with parts that are no tokens are of no use and left out; of two alike the first counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static MergeTable Merges(GgufVocabulary source, Vocabulary vocabulary)
    {
        var lines = source.Merges ?? throw new InvalidModelException(source.File, "tokenizer.ggml.merges", "is missing");
        var table = new MergeTable(lines.Count);
        var joined = new byte[256];
        var guess = 0;
        for (var rank = 0; rank < lines.Count; rank++)
        {
            var line = lines[rank];
            var border = line.Length < 2 ? -1 : line[1..].IndexOf((byte)' ') + 1;
            if (border < 1)
                continue;
            if (joined.Length < line.Length)
                joined = new byte[line.Length * 2];
            var left = line[..border];
            var right = line[(border + 1)..];
            left.CopyTo(joined);
            right.CopyTo(joined.AsSpan(border));

            // Most vocabularies have what merges make in the order of the merges: the next id is likely the one.
            var merged = joined.AsSpan(0, line.Length - 1);
            var mergedId = vocabulary.Piece(guess + 1).SequenceEqual(merged) ? guess + 1 : vocabulary.Find(merged);
            var (leftId, rightId) = (vocabulary.Find(left), vocabulary.Find(right));
            if (leftId >= 0 && rightId >= 0 && mergedId >= 0)
                table.Add(leftId, rightId, rank, guess = mergedId, replaces: false);
        }
        return table;
    }

    private static PostProcessor Around(GgufVocabulary source, bool addBos, bool addEos) =>
        new([.. addBos && source.BosId is { } bos ? [bos] : Array.Empty<int?>(), null, .. addEos && source.EosId is { } eos ? [eos] : Array.Empty<int?>()]);

    private static ReplaceNormalizer EscapeSpaces() => new(new LiteralPattern(" "), "\u2581");

    private static TokenDecoder SentencePieceDecoder(bool stripsFirst) =>
        new([new ReplaceStep(new LiteralPattern("\u2581"), " "), new ByteFallbackStep()], stripsFirst ? [new StripTextStep(' ', 1, 0)] : []);
}
