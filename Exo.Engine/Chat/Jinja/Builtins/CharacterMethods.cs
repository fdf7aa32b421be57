using System.Text;

namespace Exo.Engine.Chat.Jinja;

/// <summary>Methods of strings that ask what characters they are made of.</summary>
internal static class CharacterMethods
{
    public static readonly Builtin[] All =
    [
        Every("isalpha", Characters.IsAlphabetic),
        Every("isalnum", rune => Characters.IsAlphabetic(rune) || Characters.IsNumeric(rune)),
        Every("isdecimal", Characters.IsDecimal),
        Every("isdigit", Characters.IsDigit),
        Every("isnumeric", Characters.IsNumeric),
        Every("isspace", rune => rune.IsBmp && Characters.IsSpace((char)rune.Value)),
        Builtin.Test("isascii", "", call => Ascii.IsValid(call.SelfText.Text)),
        Builtin.Test("isprintable", "", call => Runes(call).All(Characters.IsPrintable)),
        Builtin.Test("isidentifier", "", call => IsIdentifier(call.SelfText.Text)),
        Builtin.Test("islower", "", call => IsLower(call.SelfText.Text)),
        Builtin.Test("isupper", "", call => IsUpper(call.SelfText.Text)),
        Builtin.Test("istitle", "", call => call.SelfText.Text is var text && text.EnumerateRunes().Any(Characters.IsCased) && Casing.Title(text) == text),
    ];

    /// <summary>Letters with case there are, and none is upper.</summary>
    public static bool IsLower(string text) => text.EnumerateRunes().Any(Characters.IsCased) && text.EnumerateRunes().All(rune => !Characters.IsCased(rune) || Rune.IsLower(rune));

    /// <summary>Letters with case there are, and none is lower.</summary>
    public static bool IsUpper(string text) => text.EnumerateRunes().Any(Characters.IsCased) && text.EnumerateRunes().All(rune => !Characters.IsCased(rune) || Rune.IsUpper(rune));

    private static Builtin Every(string name, Func<Rune, bool> holds) =>
        Builtin.Test(name, "", call => call.SelfText.IsTrue && Runes(call).All(holds));

    private static IEnumerable<Rune> Runes(BuiltinCall call) => call.SelfText.Text.EnumerateRunes().Cast<Rune>();

    private static bool IsIdentifier(string text)
    {
        if (text.Length == 0 || char.IsDigit(text[0])) return false;
        for (var i = 0; i < text.Length; i += Characters.Width(text, i))
        {
            if (!Characters.IsWord(text, i)) return false;
        }

        return true;
    }
}
