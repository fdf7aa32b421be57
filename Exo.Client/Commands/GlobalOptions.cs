using System.CommandLine;

namespace Exo.Client.Commands;

/// <summary>Options that several commands share.</summary>
internal static class GlobalOptions
{
    public static Option<bool> Verbose { get; } = new("--verbose") { Description = "Tell more: figures after an answer, where an error came from", Recursive = true };

    public static Option<string?> Host { get; } = new("--host") { Description = "Ask this server or silo instead of loading models here; default: EXO_HOST", HelpName = "URL", Recursive = true };

    public static Option<bool> Json() => new("--json") { Description = "Write JSON" };

    public static Argument<string> Model() => new("MODEL") { Description = "An alias (stories), a folder, a .gguf file, or org/name[:variant][@revision]" };
}
