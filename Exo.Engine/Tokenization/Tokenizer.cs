using System.Collections.Concurrent;
using System.Text;
using Exo.Engine.Tokenization.Decoders;
using Exo.Engine.Tokenization.Gguf;
using Exo.Engine.Tokenization.Json;
using Exo.Engine.Tokenization.Models;
using Exo.Engine.Tokenization.Patterns;
using Exo.Engine.Weights;
using Exo.Engine.Weights.Gguf;

namespace Exo.Engine.Tokenization;

/// <summary>
/// Text to token ids and back, exactly as the model was trained to see it. Immutable, and free to use from many threads.
/// Knows nothing of the model, of chat templates, nor of which token ends an answer beyond what the file itself says.
/// </summary>
public sealed class Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly Dictionary<int, AddedToken> _addedById = [];
    private readonly Dictionary<string, AddedToken> _addedByContent = new(StringComparer.Ordinal);
    private readonly AddedTokenMatcher _rawTokens;
    private readonly AddedTokenMatcher _normalizedTokens;
    private readonly byte[]?[] _bytes;
    private readonly ConcurrentBag<EncodeScratch> _scratches = [];

    internal Tokenizer(TokenizerParts parts)
    {
        _parts = parts;
        foreach (var token in parts.AddedTokens)
        {
            _addedById[token.Id] = token;
            _addedByContent[token.Content] = token;
        }
        _rawTokens = new(_addedById.Values.Where(token => !token.Normalized).Select(token => (token.Content, token)));
        _normalizedTokens = new(_addedById.Values.Where(token => token.Normalized).Select(token => (Normalize(token.Content), token)));
        VocabSize = Math.Max(parts.Model.Vocabulary.IdLimit, _addedById.Count == 0 ? 0 : _addedById.Keys.Max() + 1);
        _bytes = new byte[]?[VocabSize];
        Texts = new TokenTexts(this);
    }

    /// <summary>Ids run from 0 to this, exclusive. The model's own tables may be larger, padded.</summary>
    public int VocabSize { get; }

    /// <summary>What it is, for people: "byte-level BPE, 151936 tokens".</summary>
    public string Kind => $"{_parts.Model.Kind}, {VocabSize} tokens";

    /// <summary>The token that begins every text, where the file implies one.</summary>
    public int? BosId => _parts.BosId ?? _parts.PostProcessor.First;

    /// <summary>The token that ends a text, where the file implies one.</summary>
    public int? EosId => _parts.EosId ?? _parts.PostProcessor.Last;

    /// <summary>Reads a tokenizer.json.</summary>
    /// <exception cref="InvalidModelException">The file is missing, malformed, or asks for something unknown.</exception>
    public static Tokenizer FromJson(string path) => TokenizerJson.Read(path);

    /// <summary>Reads the vocabulary inside of a GGUF file.</summary>
    /// <exception cref="InvalidModelException">The file is missing or malformed, has no vocabulary, or asks for something unknown.</exception>
    public static Tokenizer FromGguf(string path)
    {
        using var file = MappedFile.Open(path);
        return GgufTokenizer.Build(GgufVocabulary.Of(GgufHeader.Read(file).Metadata));
    }

    /// <summary>The tokens of a text.</summary>
    /// <param name="text">Any text; half a surrogate pair is taken as U+FFFD.</param>
    /// <param name="addSpecialTokens">Whether the file's template (a bos token, as a rule) goes around it.</param>
    /// <param name="parseSpecialTokens">Whether control tokens spelled out in the text are recognised. False for text that may not hold any:
    /// "&lt;|im_end|&gt;" in it is then only characters. Added tokens that aren't special are found either way.</param>
    /// <exception cref="InvalidModelException">A pattern of the file's backtracks beyond all measure on this text.</exception>
    public int[] Encode(string text, bool addSpecialTokens = true, bool parseSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!_scratches.TryTake(out var scratch))
            scratch = new EncodeScratch();
        try
        {
            EncodeText(WellFormed(text), parseSpecialTokens, scratch);
            return addSpecialTokens ? _parts.PostProcessor.Apply(scratch.Output) : scratch.Output.ToArray();
        }
        catch (TimeoutException e)
        {
            throw new InvalidModelException(_parts.File, "pre_tokenizer", e.Message, e);
        }
        finally
        {
            scratch.Reset();
            if (_scratches.Count < Environment.ProcessorCount)
                _scratches.Add(scratch);
        }
    }

    /// <summary>The text of tokens. Bytes that are no UTF-8 come out as U+FFFD; ids that are no token's add nothing.</summary>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var stream = CreateStream(skipSpecialTokens);
        var text = new StringBuilder(ids.Length * 4);
        foreach (var id in ids)
            stream.AppendTo(text, id);
        return text.Append(stream.Flush()).ToString();
    }

    /// <summary>Turns tokens into text as they come.</summary>
    /// <param name="skipSpecialTokens">Whether control tokens add nothing.</param>
    /// <param name="prompt">What came before, if the text goes on from there: only a text's first token loses the space that the encoder put before it.</param>
    public DetokenizerStream CreateStream(bool skipSpecialTokens = true, ReadOnlySpan<int> prompt = default)
    {
        var stream = new DetokenizerStream(this, skipSpecialTokens);
        foreach (var id in prompt)
            stream.Append(id);
        return stream;
    }

    /// <summary>A token as the vocabulary spells it ("Ġthe", "▁the", "&lt;0x0A&gt;"); empty for an id that is no token's.</summary>
    public string Piece(int id) => _addedById.TryGetValue(id, out var token) ? token.Content : Encoding.UTF8.GetString(_parts.Model.Vocabulary.Piece(id));

    /// <summary>The id of a token by the vocabulary's spelling.</summary>
    public int? IdOf(string piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        if (_addedByContent.TryGetValue(piece, out var token))
            return token.Id;
        return _parts.Model.Vocabulary.Find(piece) is >= 0 and var id ? id : null;
    }

    /// <summary>Whether a token is a control token, no part of what a person reads.</summary>
    public bool IsSpecial(int id) => _addedById.TryGetValue(id, out var token) && token.Special;

    /// <summary>The bytes that a token adds to a text (a first token may lose a space); empty for an id that is no token's.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] ??= BytesOf(id, isFirst: false) : default;

    internal TokenDecoder Decoder => _parts.Decoder;

    /// <summary>What tokens turn into.</summary>
    internal TokenTexts Texts { get; }

    internal bool Has(int id) => _addedById.ContainsKey(id) || _parts.Model.Vocabulary.Has(id);

    /// <summary>As <see cref="Bytes"/>, of a text's first token.</summary>
    internal ReadOnlySpan<byte> FirstBytes(int id) => _parts.Decoder.MindsFirst ? BytesOf(id, isFirst: true) : Bytes(id);

    private byte[] BytesOf(int id, bool isFirst) =>
        _addedById.TryGetValue(id, out var token)
            ? _parts.Decoder.Decode(Encoding.UTF8.GetBytes(token.Content), isAdded: true, isFirst)
            : Has(id) ? _parts.Decoder.Decode(_parts.Model.Vocabulary.Piece(id), isAdded: false, isFirst) : [];

    // 1. Added tokens in the raw text; 2. normalized, what lies between; 3. added tokens in that; 4. words; 5. the model.
    private void EncodeText(string text, bool special, EncodeScratch scratch)
    {
        var whole = new TextSpan(0, text.Length);
        var done = 0;
        while (_rawTokens.Next(text, whole, done, special, out var match) is { } token)
        {
            EncodeStretch(text, new(done, match.Start - done), special, scratch);
            scratch.Emit(token.Id);
            done = match.End;
        }
        EncodeStretch(text, new(done, text.Length - done), special, scratch);
    }

    private void EncodeStretch(string text, TextSpan stretch, bool special, EncodeScratch scratch)
    {
        if (stretch.Length == 0)
            return;
        var atStart = stretch.Start == 0;
        if (_parts.Normalizers.Count > 0)
        {
            text = Normalize(stretch.Length == text.Length ? text : text.Substring(stretch.Start, stretch.Length));
            stretch = new(0, text.Length);
        }
        var done = stretch.Start;
        while (_normalizedTokens.Next(text, stretch, done, special, out var match) is { } token)
        {
            EncodeWords(text, new(done, match.Start - done), atStart && done == stretch.Start, scratch);
            scratch.Emit(token.Id);
            done = match.End;
        }
        EncodeWords(text, new(done, stretch.End - done), atStart && done == stretch.Start, scratch);
    }

    private void EncodeWords(string text, TextSpan stretch, bool atStart, EncodeScratch scratch)
    {
        if (stretch.Length == 0)
            return;
        var tokens = scratch.PreTokens;
        tokens.Start(text, stretch, atStart);
        foreach (var step in _parts.PreTokenizers)
            step.Apply(tokens);
        var chars = tokens.Text.AsSpan();
        foreach (var word in tokens.Words)
            _parts.Model.Encode(chars.Slice(word.Start, word.Length), scratch);
    }

    private string Normalize(string text)
    {
        try
        {
            foreach (var step in _parts.Normalizers)
                text = step.Apply(text);
            return text;
        }
        catch (TimeoutException e)
        {
            throw new InvalidModelException(_parts.File, "normalizer", e.Message, e);
        }
    }

    private static string WellFormed(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
            return text;
        var result = new StringBuilder(text.Length);
        Span<char> chars = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
            result.Append(chars[..rune.EncodeToUtf16(chars)]);
        return result.ToString();
    }
}
