using Exo.Hub.Store;

namespace Exo.Hub.Pulls;

/// <summary>
/// Which blobs this process is fetching: pulls that want the same blob share its lock, and through the engine its transfer. The lock is
/// taken by the first and given back by the last.
/// </summary>
internal sealed class BlobFetches(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Joins the fetch of a blob; null where another process made it whole meanwhile.</summary>
    /// <param name="lockPath">The blob's lock.</param>
    /// <param name="isWhole">Whether the blob is there; asked now and then while another process has the lock.</param>
    /// <param name="cancellationToken">Ends the wait for another process.</param>
    public async Task<IDisposable?> JoinAsync(string lockPath, Func<bool> isWhole, CancellationToken cancellationToken)
    {
        Entry entry;
        lock (_gate)
        {
            if (!_entries.TryGetValue(lockPath, out entry!)) _entries[lockPath] = entry = new Entry();
            entry.Users++;
        }
        var joined = new Joined(this, lockPath, entry);
        try
        {
            // One user at a time waits for the lock; a cancelled one leaves the wait to the next.
            await entry.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                entry.Lock ??= await StoreLock.TakeAsync(lockPath, isWhole, time, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                entry.Turn.Release();
            }
            if (entry.Lock is not null) return joined;
        }
        catch
        {
            joined.Dispose();
            throw;
        }
        joined.Dispose();
        return null;
    }

    private void Leave(string lockPath, Entry entry)
    {
        lock (_gate)
        {
            if (--entry.Users > 0) return;
            _entries.Remove(lockPath);
            entry.Lock?.Dispose();
        }
    }

    private sealed class Entry
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);

        public StoreLock? Lock { get; set; }

        public int Users { get; set; }
    }

    private sealed class Joined(BlobFetches fetches, string lockPath, Entry entry) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) fetches.Leave(lockPath, entry);
        }
    }
}
