using System.CommandLine;
using System.CommandLine.Parsing;
using Exo.Api;

namespace Exo.Client.Commands;

/// <summary>A text that needs no quotes: all words that remain on the command line.</summary>
internal static class WordsArgument
{
    public static Argument<string[]> Of(string name, string description) => new(name) { Description = description, Arity = ArgumentArity.ZeroOrMore };

    /// <summary>The words joined by spaces; null where there are none.</summary>
    /// <exception cref="ExoException">One looks like an option that there isn't: it was mistyped, not meant to be said.</exception>
    public static string? Read(ParseResult parsed, Argument<string[]> argument)
    {
        var words = parsed.GetValue(argument) ?? [];
        var escaped = parsed.Tokens.Reverse().TakeWhile(token => token.Type != TokenType.DoubleDash).Count();
        if (escaped == parsed.Tokens.Count) escaped = 0;
        if (words.SkipLast(escaped).FirstOrDefault(LooksLikeOption) is { } mistyped)
        {
            throw new ExoException(
                ExoErrorKind.BadRequest,
                $"there is no option {mistyped}. See '{CommandTree.NameOf(parsed.CommandResult.Command)} --help', or put -- before words that begin with a dash");
        }
        return words.Length == 0 ? null : string.Join(' ', words);
    }

    private static bool LooksLikeOption(string word) => word.Length > 1 && word[0] == '-' && (word[1] == '-' || char.IsAsciiLetter(word[1])) && !word.Any(char.IsWhiteSpace);
}
