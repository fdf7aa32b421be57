namespace Exo.Client.Terminal;

/// <summary>
/// Takes the control characters out of a text that others wrote: a model's template, a server, a file may put a sequence there that takes the terminal over.
/// </summary>
internal static class Printable
{
    /// <summary>What stands in a control character's place.</summary>
    public const string Replacement = "\uFFFD";

    /// <summary>The text in one line.</summary>
    public static string Line(string text) => string.Concat(text.ReplaceLineEndings(" ").Select(Of));

    /// <summary>The text with its lines.</summary>
    public static string Lines(string text) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(Line));

    private static char Of(char character) => char.IsControl(character) ? Replacement[0] : character;
}
