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
        Builtin.Test("isidentifier", "", IsIdentifier),
        Builtin.Test("islower", "", IsLower),
        Builtin.Test("isupper", "", IsUpper),
        Builtin.Test("istitle", "", call => Runes(call).Any(Characters.IsCased) && Casing.Title(call.SelfText.Text) == call.SelfText.Text),
    ];

    /// <summary>Letters with case there are, and none is upper.</summary>
    public static bool IsLower(BuiltinCall call) =>
        Runes(call).Any(Characters.IsCased) && Runes(call).All(rune => !Characters.IsCased(rune) || Rune.IsLower(rune));

    /// <summary>Letters with case there are, and none is lower.</summary>
    public static bool IsUpper(BuiltinCall call) =>
        Runes(call).Any(Characters.IsCased) && Runes(call).All(rune => !Characters.IsCased(rune) || Rune.IsUpper(rune));

    private static Builtin Every(string name, Func<Rune, bool> holds) =>
        Builtin.Test(name, "", call => call.SelfText.IsTrue && Runes(call).All(holds));

    /// <summary>The text's characters, each paid for.</summary>
    private static IEnumerable<Rune> Runes(BuiltinCall call)
    {
        foreach (var rune in call.SelfText.Text.EnumerateRunes())
        {
            call.Rendering.Spend(1);
            yield return rune;
        }
    }

    private static bool IsIdentifier(BuiltinCall call)
    {
        var text = call.SelfText.Text;
        call.Rendering.Spend(text.Length);
        if (text.Length == 0 || char.IsDigit(text[0])) return false;
        for (var i = 0; i < text.Length; i += Characters.Width(text, i))
        {
            if (!Characters.IsWord(text, i)) return false;
        }

        return true;
    }
}
