using System.Text;
using Exo.Engine.Tokenization;
using FsCheck;
using FsCheck.Fluent;

namespace Exo.Tests.Engine.Tokenization;

/// <summary>What holds of every tokenizer, whatever the text and whatever the ids.</summary>
public sealed class TokenizerProperties
{
    private static readonly string[] Stretches =
    [
        "hello", " world", "a", " ", "  ", "\n", "\r\n\t", "12345", "'ll", "'S", "é", "e\u0301", "\u0323\u0301", "中文字", "한국어", "🙂", "👩‍👩‍👧", "𠀀𪛟", "𝔸𝟙", "Привет",
        "<bos>", "<tool>", "<s>", "<0x0A>", "word", "<|>", "▁", "Ġ", "\0", "\uFFFD", "\u200D", "\u00A0", "ﬁ", "İ", "ẞ", "!?…", "_", "\uD83D", "\uDE42",
    ];

    private static readonly Gen<string> Texts = Gen.Elements(Stretches).ListOf().Select(stretches => string.Concat(stretches));

    private static readonly Tokenizer[] Tokenizers = [.. SmallTokenizers.All.Select(SmallTokenizers.Build)];

    [Fact]
    public void Decode_EncodedTextOfAByteLevelTokenizer_IsTheText() =>
        Prop.ForAll(Texts.ToArbitrary(), text =>
        {
            var clean = text.Replace("<|>", "", StringComparison.Ordinal); // It strips.
            Assert.Equal(WellFormed(clean), Tokenizers[0].Decode(Tokenizers[0].Encode(clean, addSpecialTokens: false), skipSpecialTokens: false));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Decode_EncodedTextOfAByteFallbackTokenizer_IsTheText() =>
        Prop.ForAll(Texts.ToArbitrary(), text =>
        {
            // ▁ reads as a space, a token takes its neighbours' dummy space along, and spelled-out bytes are bytes.
            var clean = text.Replace("▁", "", StringComparison.Ordinal).Replace("<s>", "", StringComparison.Ordinal);
            Assert.Equal(WellFormed(clean), Tokenizers[1].Decode(Tokenizers[1].Encode(clean, addSpecialTokens: false), skipSpecialTokens: false));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Encode_AnyText_GivesIdsWithinTheVocabulary() =>
        Prop.ForAll(Texts.ToArbitrary(), Gen.Elements(true, false).ToArbitrary(), (text, special) =>
        {
            foreach (var tokenizer in Tokenizers)
                Assert.All(tokenizer.Encode(text, special, special), id => Assert.InRange(id, 0, tokenizer.VocabSize - 1));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void Encode_AnyChars_DoesNotCrash() =>
        Prop.ForAll(Gen.Choose(0, 0xFFFF).Select(c => (char)c).ArrayOf().ToArbitrary(), chars =>
        {
            foreach (var tokenizer in Tokenizers)
                tokenizer.Decode(tokenizer.Encode(new string(chars)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void Stream_AnyIds_JoinsToDecodeAndNeverShowsHalfACharacter() =>
        Prop.ForAll(Gen.Choose(-2, 300).ArrayOf().ToArbitrary(), Gen.Elements(true, false).ToArbitrary(), (ids, skip) =>
        {
            foreach (var tokenizer in Tokenizers)
            {
                var stream = tokenizer.CreateStream(skip);
                var parts = ids.Select(stream.Append).ToList();
                parts.Add(stream.Flush());

                Assert.Equal(tokenizer.Decode(ids, skip), string.Concat(parts));
                Assert.All(parts, part => Assert.Equal(part, WellFormed(part)));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Stream_ValidText_ShowsNoReplacementCharacter() =>
        Prop.ForAll(Texts.ToArbitrary(), text =>
        {
            var clean = WellFormed(text).Replace("\uFFFD", "", StringComparison.Ordinal);
            var stream = Tokenizers[0].CreateStream();
            foreach (var id in Tokenizers[0].Encode(clean))
                Assert.DoesNotContain('\uFFFD', stream.Append(id));
            Assert.Equal("", stream.Flush());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
