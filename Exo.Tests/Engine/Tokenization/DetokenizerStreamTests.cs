using Exo.Engine.Tokenization;

namespace Exo.Tests.Engine.Tokenization;

public sealed class DetokenizerStreamTests
{
    private readonly Tokenizer _bytes = SmallTokenizers.Build(SmallTokenizers.ByteLevel());
    private readonly Tokenizer _metaspace = SmallTokenizers.Build(SmallTokenizers.Metaspace());

    [Fact]
    public void Append_CharacterOverSeveralTokens_ComesWithItsLastByte()
    {
        var stream = _bytes.CreateStream();
        var ids = _bytes.Encode("a🙂é", addSpecialTokens: false);

        Assert.Equal(["a", "", "", "🙂", "", "é"], ids.Select(stream.Append));
        Assert.Equal("", stream.Flush());
    }

    [Fact]
    public void Flush_IncompleteCharacter_IsOneReplacement()
    {
        var stream = _bytes.CreateStream();

        Assert.Equal("", stream.Append(_bytes.IdOf("ðŁ")!.Value));
        Assert.Equal("\uFFFD", stream.Flush());
    }

    [Fact]
    public void Append_ByteThatCannotContinue_ReplacesWhatWasBegun()
    {
        var stream = _bytes.CreateStream();

        Assert.Equal(["", "\uFFFDa"], new[] { _bytes.IdOf("ðŁ")!.Value, _bytes.IdOf("a")!.Value }.Select(stream.Append));
    }

    [Fact]
    public void Append_FirstToken_LosesTheDummySpaceUnlessTheTextGoesOn()
    {
        var hello = _metaspace.IdOf("▁hello")!.Value;

        Assert.Equal(["hello", " hello"], Twice(_metaspace.CreateStream()));
        Assert.Equal(["hello", " hello"], Twice(_metaspace.CreateStream(prompt: [1]))); // A bos token shows nothing.
        Assert.Equal([" hello", " hello"], Twice(_metaspace.CreateStream(prompt: [1, hello])));

        string[] Twice(DetokenizerStream stream) => [stream.Append(hello), stream.Append(hello)];
    }

    [Fact]
    public void CreateStream_PromptEndsWithinACharacter_CompletesIt()
    {
        var ids = _bytes.Encode("🙂", addSpecialTokens: false);

        var stream = _bytes.CreateStream(prompt: ids.AsSpan(0, 1));

        Assert.Equal("🙂", string.Concat(ids.Skip(1).Select(stream.Append)));
    }

    [Fact]
    public void Append_FirstTokenOfAMetaspaceDecoder_HasNoSpaces()
    {
        var unigram = SmallTokenizers.Build(SmallTokenizers.Unigram());
        var stream = unigram.CreateStream();
        var ids = unigram.Encode("hello hello");

        Assert.Equal("hello hello", string.Concat(ids.Select(stream.Append)) + stream.Flush());
    }

    [Fact]
    public void Append_TextThatADecoderMayYetStrip_WaitsForMore()
    {
        var json = SmallTokenizers.Metaspace();
        json["decoder"]!["decoders"]![3]!["stop"] = 1;
        var tokenizer = SmallTokenizers.Build(json);
        var (space, a) = (tokenizer.IdOf("▁")!.Value, tokenizer.IdOf("a")!.Value);
        var stream = tokenizer.CreateStream();

        Assert.Equal(["a", "", " ", " a", ""], new[] { a, space, space, a, space }.Select(stream.Append));
        Assert.Equal("", stream.Flush());
        Assert.Equal("a  a", tokenizer.Decode([a, space, space, a, space]));
    }

    [Fact]
    public void Append_TextThatADecoderMayYetReplace_WaitsForMore()
    {
        var json = SmallTokenizers.ByteLevel();
        json["decoder"] = SmallTokenizers.Sequence("decoders", new() { ["type"] = "ByteLevel" }, SmallTokenizers.Replace("aab", "X"));
        var tokenizer = SmallTokenizers.Build(json);
        var stream = tokenizer.CreateStream();

        Assert.Equal(["", "", "a", "X", ""], "aaaba".Select(c => stream.Append(tokenizer.IdOf(c.ToString())!.Value)));
        Assert.Equal("a", stream.Flush());
    }
}
