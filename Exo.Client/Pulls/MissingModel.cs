using Exo.Api;
using Exo.Client.Commands;

namespace Exo.Client.Pulls;

/// <summary>A model that is needed on the way to something else, and perhaps not here.</summary>
internal static class MissingModel
{
    /// <summary>Does something with a model, and once more after fetching it where it was missing.</summary>
    public static async Task<T> FetchedForAsync<T>(CommandContext context, string model, Func<Task<T>> work, CancellationToken cancellationToken)
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
