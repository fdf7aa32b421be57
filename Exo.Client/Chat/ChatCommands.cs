using Exo.Api;
using Exo.Client.Commands;
using Exo.Client.Models;
using Exo.Client.Terminal;

namespace Exo.Client.Chat;

/// <summary>What begins with a slash in a chat.</summary>
/// <param name="model">Whose defaults apply.</param>
internal sealed class ChatCommands(CommandContext context, Conversation conversation, LoadedModelInfo model)
{
    private static readonly (string, string)[] Help =
    [
        ("/clear", "forget the conversation"),
        ("/save FILE", "keep it in a file"),
        ("/load FILE", "take one up again"),
        ("/set", "show the settings"),
        ("/set NAME VALUE", "change one; the value default takes it back"),
        ("/show", "what the model is"),
        ("/bye, Ctrl-D", "end"),
        ("\"\"\" … \"\"\"", "several lines; Alt-Enter breaks a line too"),
        ("Ctrl-C", "stop an answer"),
        ("arrows, Ctrl-A E U K W Y", "recall and edit, as in a shell"),
    ];

    /// <summary>"/clear", but not "/etc/hosts is a file".</summary>
    public static bool IsCommand(string text) =>
        text.StartsWith('/') && text[1..].Split((char[]?)null, 2)[0] is var name && (name is "?" || name.All(char.IsAsciiLetter));

    /// <summary>Does what the command says; false where the chat is to end.</summary>
    public async Task<bool> ApplyAsync(string text, CancellationToken cancellationToken)
    {
        var parts = text.Trim().Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var rest = parts.Length > 1 ? parts[1] : "";
        try
        {
            switch (parts[0].ToLowerInvariant())
            {
                case "/bye" or "/exit" or "/quit": return false;
                case "/clear": Clear(); break;
                case "/save": Save(rest); break;
                case "/load": Load(rest); break;
                case "/set": Set(rest); break;
                case "/show": await ShowAsync(cancellationToken); break;
                case "/help" or "/?" or "/h": context.Console.Tell(Help); break;
                default: Say($"There is no {parts[0]}; /help lists what there is."); break;
            }
        }
        catch (ExoException refused)
        {
            Say($"exo: {refused.Message}");
        }
        return true;
    }

    private void Clear()
    {
        conversation.Clear();
        Say("Forgotten.");
    }

    private void Save(string path)
    {
        path = FileNamed(path, "/save");
        ChatFile.Of(conversation).Write(path);
        Say($"Saved {Messages(conversation.Turns.Count)} to {path}.");
    }

    private void Load(string path)
    {
        path = FileNamed(path, "/load");
        var file = ChatFile.Read(path);
        conversation.Replace(file.Messages);
        conversation.Options = conversation.Options with { System = file.System, Sampling = file.Sampling, MaxTokens = file.MaxTokens, Stop = file.Stop };
        Say($"Loaded {Messages(file.Messages.Count)} from {path}.");
        if (file.Model != conversation.Options.Model) Say($"It was with {file.Model}; {conversation.Options.Model} goes on with it.");
    }

    private void Set(string text)
    {
        var parts = text.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length > 0 && parts[0] == "parameter") parts = parts.Length > 1 ? parts[1].Split((char[]?)null, 2, StringSplitOptions.TrimEntries) : [];
        if (parts.Length == 0)
        {
            context.Console.Tell([.. ChatSetting.All.Select(setting => (setting.Name, Value(setting)))]);
            return;
        }
        var named = ChatSetting.Find(parts[0]) ?? throw new ExoException(ExoErrorKind.BadRequest, $"there is no setting '{parts[0]}'; /set lists them");
        if (parts.Length > 1) conversation.Options = named.Change(conversation.Options, parts[1] == "default" ? null : Unquoted(parts[1]));
        Say($"{named.Name} is {Value(named)}.");
    }

    /// <summary>"0.5", or "default (0.8)" where nothing was set.</summary>
    private string Value(ChatSetting setting) => setting.Show(conversation.Options) ?? $"default ({setting.Default(model)})";

    private async Task ShowAsync(CancellationToken cancellationToken)
    {
        var card = await context.Service.ShowAsync(conversation.Options.Model, cancellationToken);
        ModelCardText.Write(card, context.Console.Error);
        Say($"{Messages(conversation.Turns.Count)} so far");
    }

    private void Say(string text) => context.Console.Tell(text);

    private static string Messages(int count) => count == 1 ? "1 message" : $"{count} messages";

    private static string Unquoted(string text) => text is ['"', .. var inner, '"'] ? inner : text;

    private static string FileNamed(string path, string command)
    {
        path = Unquoted(path);
        if (path.Length == 0) throw new ExoException(ExoErrorKind.BadRequest, $"{command} needs a file's name");
        if (path.StartsWith("~/", StringComparison.Ordinal)) path = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..]);
        return Path.GetFullPath(path);
    }
}
