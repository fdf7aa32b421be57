using System.Text;
using Exo.Client.Terminal;

namespace Exo.Client.Editing;

/// <summary>One key, or a text that was pasted as a whole.</summary>
internal readonly record struct KeyInput(ConsoleKeyInfo Key, string? Pasted = null)
{
    /// <summary>Asks the terminal to mark what is pasted, so that its line breaks send nothing off.</summary>
    public const string MarkPastes = "\e[?2004h";

    public const string LeavePastesUnmarked = "\e[?2004l";

    private const string PasteStart = "200~";
    private const string PasteEnd = "\e[201~";

    /// <summary>Waits for the next key or paste; null at the end of the input.</summary>
    public static KeyInput? Read(IKeySource keys)
    {
        if (keys.Read() is not { } key) return null;
        if (!StartsSequence(key, keys)) return new KeyInput(key);

        // A sequence the runtime doesn't know comes as its single characters.
        var sequence = new StringBuilder();
        while (keys.IsAvailable && keys.Read() is { } next)
        {
            sequence.Append(next.KeyChar);
            if (next.KeyChar is >= '@' and <= '~') break;
        }
        return sequence.ToString() == PasteStart ? new KeyInput(default, ReadPaste(keys)) : new KeyInput(default);
    }

    private static bool StartsSequence(ConsoleKeyInfo key, IKeySource keys)
    {
        if (key is { KeyChar: '[', Modifiers: ConsoleModifiers.Alt }) return keys.IsAvailable;
        if (key.KeyChar != '\e' || !keys.IsAvailable) return false;
        return keys.Read() is { KeyChar: '[' };
    }

    private static string ReadPaste(IKeySource keys)
    {
        var text = new StringBuilder();
        while (keys.Read() is { } key)
        {
            if (key is { KeyChar: '[', Modifiers: ConsoleModifiers.Alt }) text.Append('\e');
            if (key.KeyChar != '\0') text.Append(key.KeyChar);
            if (text.Length >= PasteEnd.Length && text.ToString(text.Length - PasteEnd.Length, PasteEnd.Length) == PasteEnd)
            {
                text.Length -= PasteEnd.Length;
                break;
            }
        }
        // What was copied as whole lines ends with a break that is not meant to be sent.
        return text.ToString().ReplaceLineEndings("\n").TrimEnd('\n');
    }
}
