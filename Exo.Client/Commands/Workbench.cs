using Exo.Api;
using Exo.Api.Local;
using Exo.Client.Pulls;

namespace Exo.Client.Commands;

/// <summary>What the commands that work on this machine's files and cores share.</summary>
internal static class Workbench
{
    /// <exception cref="ExoException">--host was given.</exception>
    public static IWorkbench Of(CommandContext context, string command) => (IWorkbench)context.OpenHere(command, new ResidencyOptions());

    /// <summary>Does something with a model, after fetching it where it is missing.</summary>
    public static async Task<T> WithModelAsync<T>(CommandContext context, string model, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await work();
        }
        catch (ExoException missing) when (missing.Kind == ExoErrorKind.ModelNotPulled)
        {
            await new PullRun(context, new PullRequest { Model = model }, PullStyle.Aside).RunAsync(cancellationToken);
            return await work();
        }
    }
}
