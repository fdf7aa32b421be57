using System.Globalization;
using System.Text;
using Exo.Engine.Tokenization.Patterns;

namespace Exo.Engine.Tokenization.Normalizers;

/// <summary>"Lowercase", each code point by itself: no rule of any language, no final sigma.</summary>
internal sealed class LowercaseNormalizer : Normalizer
{
    /// <summary>U+0130 is the one code point whose lower case is two.</summary>
    public override string Apply(string text) => text.Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();
}

/// <summary>"Prepend": SentencePiece's dummy prefix before any text that isn't empty.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    public override string Apply(string text) => text.Length == 0 ? text : prefix + text;
}

/// <summary>"Strip": whitespace at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    public override string Apply(string text) => (left, right) switch
    {
        (true, true) => text.Trim(),
        (true, false) => text.TrimStart(),
        (false, true) => text.TrimEnd(),
        _ => text,
    };
}

/// <summary>"Replace": every match of a literal or a pattern.</summary>
internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : Normalizer
{
    /// <summary>How many times longer a text may become, beyond what any text may.</summary>
    private const int MaxGrowth = 64, MaxGrown = 1 << 24;

    public override string Apply(string text)
    {
        var matches = new SpanList();
        pattern.FindAll(text, 0, matches);
        if (matches.Count == 0)
            return text;
        if ((long)matches.Count * content.Length > MaxGrown + MaxGrowth * (long)text.Length)
            throw new TimeoutException("a replacement makes the text too long");
        var result = new StringBuilder(text.Length);
        var done = 0;
        foreach (var match in matches.Span)
        {
            result.Append(text, done, match.Start - done).Append(content);
            done = match.End;
        }
        return result.Append(text, done, text.Length - done).ToString();
    }
}

/// <summary>Drops or replaces code points one by one ("StripAccents", "Nmt").</summary>
/// <param name="map">What a code point becomes; null drops it.</param>
internal sealed class CodePointNormalizer(Func<Rune, Rune?> map) : Normalizer
{
    public static CodePointNormalizer StripAccents { get; } = new(static rune =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark ? null : rune);

    /// <summary>SentencePiece's nmt rules: controls go, odd whitespace becomes a space.</summary>
    public static CodePointNormalizer Nmt { get; } = new(static rune => rune.Value switch
    {
        (>= 1 and <= 8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or 0x8F or 0x9F => null,
        9 or 0xA or 0xC or 0xD or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD => new Rune(' '),
        _ => rune,
    });

    public override string Apply(string text)
    {
        var result = new StringBuilder(text.Length);
        Span<char> chars = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
            if (map(rune) is { } mapped)
                result.Append(chars[..mapped.EncodeToUtf16(chars)]);
        return result.Length == text.Length && result.Equals(text) ? text : result.ToString();
    }
}

/// <summary>"ByteLevel" as a normalizer: spells the text's UTF-8 in <see cref="ByteAlphabet"/>.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    public override string Apply(string text) => string.Create(Encoding.UTF8.GetByteCount(text), text, static (chars, source) =>
    {
        var bytes = Encoding.UTF8.GetBytes(source);
        for (var i = 0; i < chars.Length; i++)
            chars[i] = ByteAlphabet.CharOf(bytes[i]);
    });
}
