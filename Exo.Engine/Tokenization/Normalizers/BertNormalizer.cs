using System.Globalization;
using System.Text;
using Exo.Engine.Tokenization.Unicode;

namespace Exo.Engine.Tokenization.Normalizers;

/// <summary>"BertNormalizer": cleans controls and whitespace, sets Chinese characters apart, strips accents, lowers case.</summary>
internal sealed class BertNormalizer(bool cleanText, bool chineseApart, bool stripAccents, bool lowercase) : Normalizer
{
    private static readonly LowercaseNormalizer Lower = new();

    public override string Apply(string text)
    {
        if (cleanText || chineseApart)
            text = Clean(text);
        if (stripAccents)
            text = WithoutMarks(UnicodeNormalization.Normalize(text, NormalizationForm.FormD));
        return lowercase ? Lower.Apply(text) : text;
    }

    private string Clean(string text)
    {
        var result = new StringBuilder(text.Length);
        Span<char> chars = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
        {
            var written = chars[..rune.EncodeToUtf16(chars)];
            if (cleanText && rune.Value is not ('\t' or '\n' or '\r') && (rune.Value is 0xFFFD || IsOther(rune)))
                continue;
            if (cleanText && CharClasses.IsSpace(rune.Value))
                result.Append(' ');
            else if (chineseApart && IsChinese(rune.Value))
                result.Append(' ').Append(written).Append(' ');
            else
                result.Append(written);
        }
        return result.ToString();
    }

    private static string WithoutMarks(string text)
    {
        var result = new StringBuilder(text.Length);
        Span<char> chars = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
            if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
                result.Append(chars[..rune.EncodeToUtf16(chars)]);
        return result.ToString();
    }

    /// <summary>Unicode's C categories, those not assigned left out as the reference's older tables would not know them either way.</summary>
    private static bool IsOther(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;

    /// <summary>The ideograph blocks, with the gap at 2B820 that the reference has.</summary>
    private static bool IsChinese(int c) =>
        c is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
            or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
