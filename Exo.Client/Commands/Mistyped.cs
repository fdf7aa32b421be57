using System.CommandLine;
using System.CommandLine.Parsing;
using Exo.Api;

namespace Exo.Client.Commands;

/// <summary>Commands and options that there aren't: refused, with the one that was likely meant.</summary>
internal static class Mistyped
{
    /// <summary>Looks at what the parser took for arguments or had no place for.</summary>
    /// <exception cref="ExoException">A word looks like an option that there isn't, or stands where a command does: it was mistyped, not meant to be said.</exception>
    public static void Check(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var words = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value).Concat(parsed.UnmatchedTokens);
        if (words.SkipLast(EscapedCount(parsed)).FirstOrDefault(LooksLikeOption) is { } option)
        {
            var name = option.Split('=')[0];
            throw Refuse("option", name, Options(parsed), $"{CommandTree.NameOf(command)} --help', or put -- before words that begin with a dash");
        }
        if (command is RootCommand root && parsed.UnmatchedTokens.Count > 0) throw NoCommand(parsed.UnmatchedTokens[0], root);
    }

    /// <summary>What to say of a command that there isn't.</summary>
    public static ExoException NoCommand(string word, RootCommand root) =>
        Refuse("command", word, root.Subcommands.SelectMany(command => (string[])[command.Name, .. command.Aliases]), "exo --help'");

    private static ExoException Refuse(string kind, string word, IEnumerable<string> names, string help) => new(
        ExoErrorKind.BadRequest, $"there is no {kind} {word}{(NearestName.Of(word, names) is { } meant ? $": did you mean {meant}?" : ".")} See '{help}");

    private static IEnumerable<string> Options(ParseResult parsed) => parsed.CommandResult.Command.Options
        .Concat(parsed.RootCommandResult.Command.Options.Where(option => option.Recursive))
        .SelectMany(option => (string[])[option.Name, .. option.Aliases]);

    /// <summary>Words after "--": the last ones, and as they are meant.</summary>
    private static int EscapedCount(ParseResult parsed)
    {
        var count = parsed.Tokens.Reverse().TakeWhile(token => token.Type != TokenType.DoubleDash).Count();
        return count == parsed.Tokens.Count ? 0 : count;
    }

    private static bool LooksLikeOption(string word) => word.Length > 1 && word[0] == '-' && (word[1] == '-' || char.IsAsciiLetter(word[1])) && !word.Any(char.IsWhiteSpace);
}
