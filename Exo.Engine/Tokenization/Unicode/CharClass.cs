using System.Globalization;
using System.Runtime.CompilerServices;

namespace Exo.Engine.Tokenization.Unicode;

/// <summary>What the pre-tokenizers' patterns ask about a code point: <c>\p{L}</c>, <c>\p{N}</c>, <c>\s</c> and their kin.</summary>
[Flags]
internal enum CharClass : byte
{
    None = 0,

    /// <summary>L: Lu, Lt, Ll, Lm, Lo.</summary>
    Letter = 1,

    /// <summary>N: Nd, Nl, No.</summary>
    Number = 2,

    /// <summary>White_Space, controls among them.</summary>
    Space = 4,

    /// <summary>M: Mn, Mc, Me.</summary>
    Mark = 8,

    /// <summary>Lu and Lt.</summary>
    Upper = 16,

    /// <summary>Ll.</summary>
    Lower = 32,

    /// <summary>P.</summary>
    Punctuation = 64,

    /// <summary>S.</summary>
    Symbol = 128,
}

/// <summary>Looks classes up: a table for the basic plane, the runtime's own data above it.</summary>
internal static class CharClasses
{
    private static readonly CharClass[] OfCategory = CategoryTable();
    private static readonly CharClass[] BasicPlane = BasicPlaneTable();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharClass Of(int codePoint) =>
        (uint)codePoint < 0x10000 ? BasicPlane[codePoint] : OfCategory[(int)CharUnicodeInfo.GetUnicodeCategory(codePoint)];

    /// <summary>The class of the code point at <paramref name="index"/>, and how many chars it takes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharClass At(ReadOnlySpan<char> text, int index, out int length)
    {
        var first = text[index];
        length = 1;
        return char.IsSurrogate(first) ? Of(CodePointAt(text, index, out length)) : BasicPlane[first];
    }

    /// <summary>The code point at <paramref name="index"/>; half a surrogate pair stands for itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CodePointAt(ReadOnlySpan<char> text, int index, out int length)
    {
        var first = text[index];
        if (char.IsHighSurrogate(first) && (uint)(index + 1) < (uint)text.Length && char.IsLowSurrogate(text[index + 1]))
        {
            length = 2;
            return char.ConvertToUtf32(first, text[index + 1]);
        }
        length = 1;
        return first;
    }

    public static bool IsNumber(int codePoint) => (Of(codePoint) & CharClass.Number) != 0;

    public static bool IsSpace(int codePoint) => (Of(codePoint) & CharClass.Space) != 0;

    /// <summary>Unicode's punctuation and all of ASCII's signs, as BERT has it.</summary>
    public static bool IsPunctuation(int codePoint) =>
        codePoint < 0x7F ? codePoint > ' ' && !char.IsAsciiLetterOrDigit((char)codePoint) : (Of(codePoint) & CharClass.Punctuation) != 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static CharClass[] BasicPlaneTable()
    {
        var table = new CharClass[0x10000];
        for (var c = 0; c < table.Length; c++)
        {
            var space = char.IsWhiteSpace((char)c) ? CharClass.Space : CharClass.None;
            table[c] = OfCategory[(int)CharUnicodeInfo.GetUnicodeCategory((char)c)] | space;
        }
        return table;
    }

    private static CharClass[] CategoryTable()
    {
        var table = new CharClass[30];
        Set(CharClass.Letter | CharClass.Upper, UnicodeCategory.UppercaseLetter, UnicodeCategory.TitlecaseLetter);
        Set(CharClass.Letter | CharClass.Lower, UnicodeCategory.LowercaseLetter);
        Set(CharClass.Letter, UnicodeCategory.ModifierLetter, UnicodeCategory.OtherLetter);
        Set(CharClass.Number, UnicodeCategory.DecimalDigitNumber, UnicodeCategory.LetterNumber, UnicodeCategory.OtherNumber);
        Set(CharClass.Mark, UnicodeCategory.NonSpacingMark, UnicodeCategory.SpacingCombiningMark, UnicodeCategory.EnclosingMark);
        Set(CharClass.Punctuation, UnicodeCategory.ConnectorPunctuation, UnicodeCategory.DashPunctuation, UnicodeCategory.OpenPunctuation,
            UnicodeCategory.ClosePunctuation, UnicodeCategory.InitialQuotePunctuation, UnicodeCategory.FinalQuotePunctuation, UnicodeCategory.OtherPunctuation);
        Set(CharClass.Symbol, UnicodeCategory.MathSymbol, UnicodeCategory.CurrencySymbol, UnicodeCategory.ModifierSymbol, UnicodeCategory.OtherSymbol);
        return table;

        void Set(CharClass value, params ReadOnlySpan<UnicodeCategory> categories)
        {
            foreach (var category in categories)
                table[(int)category] = value;
        }
    }
}
