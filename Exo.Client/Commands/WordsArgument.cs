using System.CommandLine;

namespace Exo.Client.Commands;

/// <summary>A text that needs no quotes: all words that remain on the command line.</summary>
internal static class WordsArgument
{
    public static Argument<string[]> Of(string name, string description) => new(name) { Description = description, Arity = ArgumentArity.ZeroOrMore };

    /// <summary>The words joined by spaces; null where there are none.</summary>
    public static string? Read(ParseResult parsed, Argument<string[]> argument) => parsed.GetValue(argument) is { Length: > 0 } words ? string.Join(' ', words) : null;
}
