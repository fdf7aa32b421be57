using Exo.Api;
using Exo.Api.Local;

namespace Exo.Client.Commands;

/// <summary>For the commands that work on this machine's files and cores.</summary>
internal static class Workbench
{
    /// <exception cref="ExoException">--host was given.</exception>
    public static IWorkbench Of(CommandContext context, string command) => (IWorkbench)context.OpenHere(command, new ResidencyOptions());
}
