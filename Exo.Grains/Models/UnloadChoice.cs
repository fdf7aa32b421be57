namespace Exo.Grains.Models;

/// <summary>Whom a model that needs memory displaces. Pure.</summary>
internal static class UnloadChoice
{
    /// <summary>
    /// Of the deployed models that nobody uses, the few that have to go so that another one fits: those that were not used for longest, and of them none
    /// that is not in the way. None where that one fits as it is, nor where even all of them would not do.
    /// </summary>
    /// <param name="others">How the others are used.</param>
    /// <param name="fits">Whether it fits once some are gone; it does the sooner the more are.</param>
    public static IReadOnlyList<ModelUse> Fewest(IEnumerable<ModelUse> others, Func<IReadOnlySet<string>, bool> fits)
    {
        // 1. From the one longest unused on, until it fits.
        var leaving = new List<ModelUse>();
        using var idle = Idle(others).GetEnumerator();
        while (!fits(Names(leaving)))
        {
            if (!idle.MoveNext()) return [];
            leaving.Add(idle.Current);
        }

        // 2. Whose memory is not needed stays: it is on other nodes, or too little. The last one is needed.
        for (var i = leaving.Count - 2; i >= 0; i--)
        {
            if (fits(Names(leaving.Where((_, at) => at != i)))) leaving.RemoveAt(i);
        }

        return leaving;
    }

    /// <summary>The deployed models that nobody uses, the one that was not used for longest first.</summary>
    public static IEnumerable<ModelUse> Idle(IEnumerable<ModelUse> others) =>
        others.Where(other => other is { IsDeployed: true, IsInUse: false }).OrderBy(other => other.LastUsed).ThenBy(other => other.Model, StringComparer.Ordinal);

    public static HashSet<string> Names(IEnumerable<ModelUse> models) => models.Select(use => use.Model).ToHashSet(StringComparer.Ordinal);

    /// <summary>What was made ready is given so long to be asked, whatever the keep-alive.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>A model that is kept alive for a time was last used longer ago.</summary>
    public static bool IsOver(DeployOptions options, DateTimeOffset lastUsed, DateTimeOffset now) => options.KeepAlive is { } keepAlive && now - lastUsed >= (keepAlive < Grace ? Grace : keepAlive);
}
