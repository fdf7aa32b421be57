using System.CommandLine;

namespace Exo.Client.Commands;

/// <summary>`exo help [COMMAND]`: what --help shows.</summary>
internal static class HelpCommand
{
    public static Command Build(RootCommand root)
    {
        var name = new Argument<string?>("COMMAND") { Description = "The command to tell of; otherwise all of them", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("help", "Show this help, or that of a command.") { name };
        command.SetAction(parsed =>
        {
            string[] asked = parsed.GetValue(name) is { } word ? [Find(root, word).Name] : [];
            return root.Parse([.. asked, "--help"]).Invoke(parsed.InvocationConfiguration);
        });
        return command;
    }

    private static Command Find(RootCommand root, string word) =>
        root.Subcommands.FirstOrDefault(command => command.Name == word || command.Aliases.Contains(word)) ?? throw Mistyped.NoCommand(word, root);
}
