using System.Text;
using Exo.Engine.Tokenization.Decoders;

namespace Exo.Engine.Tokenization;

/// <summary>
/// Tokens to text, one by one. What it returns joins to what <see cref="Tokenizer.Decode"/> returns for all of them; a character comes
/// when its last byte has come, never in halves. For one text and one thread.
/// </summary>
public sealed class DetokenizerStream
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();
    private readonly TextFilter[] _filters;
    private readonly StringBuilder _output = new();
    private char[] _chars = new char[64];
    private bool _isFirst = true;

    /// <summary>No piece of a character waits in the decoder.</summary>
    private bool _atBorder = true;

    internal DetokenizerStream(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
        _filters = [.. tokenizer.Decoder.TextSteps.Select(step => step.Start())];
    }

    /// <summary>Takes the next token.</summary>
    /// <returns>The text that can be shown now; empty while a character is incomplete, and for an id that is no token's.</returns>
    public string Append(int id)
    {
        if (!Shows(id)) return "";
        var whole = _isFirst ? null : _tokenizer.Texts.Whole(id);
        if (whole is not null && _atBorder && PassesAll()) return whole;
        var characters = CharactersOf(id);
        _atBorder = whole is not null;
        return PassesAll() ? _tokenizer.Texts.Of(characters) : Filtered(characters);
    }

    /// <summary>Ends the text.</summary>
    /// <returns>What was held back; U+FFFD for bytes that never became a character.</returns>
    public string Flush()
    {
        var text = Filtered(Characters(default, flush: true));
        for (var i = 0; i < _filters.Length; i++)
        {
            _filters[i].Flush(_output.Clear());
            text += Filtered(_output.ToString(), i + 1);
        }
        return text;
    }

    /// <summary>As <see cref="Append"/>, into a text.</summary>
    internal void AppendTo(StringBuilder text, int id)
    {
        if (!Shows(id))
            return;
        if (_filters.Length == 0)
            text.Append(CharactersOf(id));
        else
            text.Append(Filtered(CharactersOf(id)));
    }

    /// <summary>The filters leave what comes from here on as it is.</summary>
    private bool PassesAll()
    {
        foreach (var filter in _filters)
            if (!filter.PassesAll) return false;
        return true;
    }

    private bool Shows(int id) => _tokenizer.Has(id) && !(_skipSpecialTokens && _tokenizer.IsSpecial(id));

    private ReadOnlySpan<char> CharactersOf(int id)
    {
        var bytes = _isFirst ? _tokenizer.FirstBytes(id) : _tokenizer.Bytes(id);
        _isFirst = false;
        return Characters(bytes, flush: false);
    }

    private ReadOnlySpan<char> Characters(ReadOnlySpan<byte> bytes, bool flush)
    {
        if (_chars.Length < bytes.Length + 4)
            _chars = new char[bytes.Length * 2];
        return _chars.AsSpan(0, _utf8.GetChars(bytes, _chars, flush));
    }

    private string Filtered(ReadOnlySpan<char> text, int from = 0)
    {
        var result = text.ToString();
        foreach (var filter in _filters.AsSpan(from))
        {
            filter.Push(result, _output.Clear());
            result = _output.ToString();
        }
        return result;
    }
}
