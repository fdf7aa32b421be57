using System.Text.Unicode;

namespace Exo.Engine.Tokenization;

/// <summary>
/// The texts that tokens turn into, each made once: a stream of tokens then makes no strings. Free to use from many threads; where two make the
/// same text at once, one of the two is kept.
/// </summary>
internal sealed class TokenTexts(Tokenizer tokenizer)
{
    /// <summary>Texts of several tokens (a character in pieces) that are kept; of two that fall on one place the later stays.</summary>
    private const int PlaceCount = 4096;

    private readonly string?[] _whole = new string?[tokenizer.VocabSize];
    private readonly string?[] _joined = new string?[PlaceCount];

    /// <summary>The text of a token that is whole characters, wherever it stands; null where it is a piece of one.</summary>
    public string? Whole(int id)
    {
        if ((uint)id >= (uint)_whole.Length) return null;
        if (_whole[id] is { } known) return known.Length > 0 ? known : null;
        var bytes = tokenizer.Bytes(id);
        var text = Utf8.IsValid(bytes) ? System.Text.Encoding.UTF8.GetString(bytes) : "";
        _whole[id] = text;
        return text.Length > 0 ? text : null;
    }

    /// <summary>These characters as a string, the same object as before where it was asked for lately.</summary>
    public string Of(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return "";
        ref var place = ref _joined[(uint)string.GetHashCode(text) % PlaceCount];
        return place is { } known && text.SequenceEqual(known) ? known : place = text.ToString();
    }
}
