namespace Exo.Grains.Models;

/// <summary>Whom a model that needs memory displaces. Pure.</summary>
internal static class UnloadChoice
{
    /// <summary>The deployed model that was not used for longest; never one in use, nor one that was asked already and stays. Null where none is left.</summary>
    public static ModelUse? Next(IEnumerable<ModelUse> others, IReadOnlySet<string> stay) =>
        others.Where(other => other.IsDeployed && !other.IsInUse && !stay.Contains(other.Model)).OrderBy(other => other.LastUsed).ThenBy(other => other.Model, StringComparer.Ordinal).FirstOrDefault();

    /// <summary>What was made ready is given so long to be asked, whatever the keep-alive.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>A model that is kept alive for a time was last used longer ago.</summary>
    public static bool IsOver(DeployOptions options, DateTimeOffset lastUsed, DateTimeOffset now) => options.KeepAlive is { } keepAlive && now - lastUsed >= (keepAlive < Grace ? Grace : keepAlive);
}
