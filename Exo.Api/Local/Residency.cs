namespace Exo.Api.Local;

/// <summary>A model in memory, as far as the rules of who may stay look at it.</summary>
/// <param name="Key">Tells it from the others.</param>
/// <param name="ByteCount">Weights, keys and values.</param>
/// <param name="InUse">Answers right now, or is being loaded.</param>
/// <param name="LastUsed">When its last answer ended.</param>
public sealed record Resident<TKey>(TKey Key, long ByteCount, bool InUse, DateTimeOffset LastUsed);

/// <summary>What must go so that a model has room.</summary>
/// <param name="Unload">In this order: the one longest unused first. Empty where it doesn't help.</param>
/// <param name="Fits">The model has room once they are gone.</param>
/// <param name="FreeByteCount">Bytes under the limit once they are gone.</param>
/// <param name="InUseByteCount">Bytes of those that can't go now.</param>
public sealed record Room<TKey>(IReadOnlyList<Resident<TKey>> Unload, bool Fits, long FreeByteCount, long InUseByteCount);

/// <summary>Which models stay in memory side by side: pure rules, for one process as for a cluster's node.</summary>
public static class Residency
{
    /// <summary>
    /// Makes room under a limit of bytes: the least recently used go first, a model in use never, and none goes where even all of them
    /// would not do.
    /// </summary>
    /// <param name="residents">What is in memory.</param>
    /// <param name="neededByteCount">Bytes of the model that wants in.</param>
    /// <param name="limitByteCount">Bytes that all models together may take.</param>
    public static Room<TKey> MakeRoom<TKey>(IEnumerable<Resident<TKey>> residents, long neededByteCount, long limitByteCount)
    {
        var all = residents.ToArray();
        var inUse = all.Where(resident => resident.InUse).Sum(resident => resident.ByteCount);
        var free = limitByteCount - all.Sum(resident => resident.ByteCount);
        var leaving = new List<Resident<TKey>>();
        foreach (var resident in all.Where(resident => !resident.InUse).OrderBy(resident => resident.LastUsed))
        {
            if (free >= neededByteCount) break;
            leaving.Add(resident);
            free += resident.ByteCount;
        }
        return free >= neededByteCount ? new Room<TKey>(leaving, true, free, inUse) : new Room<TKey>([], false, limitByteCount - all.Sum(resident => resident.ByteCount), inUse);
    }

    /// <summary>When a model that nobody asks any more goes; null: not by itself.</summary>
    /// <param name="lastUsed">When its last answer ended.</param>
    /// <param name="keepAlive">How long it stays then; negative: for good.</param>
    public static DateTimeOffset? ExpiresAt(DateTimeOffset lastUsed, TimeSpan keepAlive) => keepAlive < TimeSpan.Zero ? null : lastUsed + keepAlive;
}
