using Exo.Hub.Store;

namespace Exo.Hub.Pulls;

/// <summary>
/// Which blobs this process is fetching: pulls that want the same blob share its lock, and through the engine its transfer. The lock is
/// taken by the first and given back by the last.
/// </summary>
internal sealed class BlobFetches(TimeProvider time)
{
    private readonly object _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Joins the fetch of a blob; null where another process made it whole meanwhile.</summary>
    /// <param name="lockPath">The blob's lock.</param>
    /// <param name="isWhole">Whether the blob is there; asked now and then while another process has the lock.</param>
    /// <param name="cancellationToken">Ends the wait for another process.</param>
    public async Task<BlobFetch?> JoinAsync(string lockPath, Func<bool> isWhole, CancellationToken cancellationToken)
    {
        Entry entry;
        lock (_gate)
        {
            if (!_entries.TryGetValue(lockPath, out entry!)) _entries[lockPath] = entry = new Entry();
            entry.Users++;
        }
        var joined = new BlobFetch(entry, () => Leave(lockPath, entry));
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

    /// <summary>Waits until every lock is given back, but not for ever.</summary>
    public void WaitUntilIdle(TimeSpan atMost)
    {
        var until = Environment.TickCount64 + (long)atMost.TotalMilliseconds;
        lock (_gate)
        {
            while (_entries.Count > 0 && until - Environment.TickCount64 is > 0 and var left) Monitor.Wait(_gate, (int)left);
        }
    }

    private void Leave(string lockPath, Entry entry)
    {
        lock (_gate)
        {
            if (--entry.Users > 0) return;
            _entries.Remove(lockPath);
            entry.Lock?.Dispose();
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>What the users of one blob share.</summary>
    internal sealed class Entry
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);

        public StoreLock? Lock { get; set; }

        public int Users { get; set; }

        public bool IsVerified { get; set; }
    }
}

/// <summary>One user's part in fetching a blob. Disposing gives it back; the last one gives back the lock.</summary>
internal sealed class BlobFetch(BlobFetches.Entry entry, Action leave) : IDisposable
{
    private int _left;

    /// <summary>One of the users has seen the blob whole and right; it may still be on its way to the disk.</summary>
    public bool IsVerified
    {
        get => entry.IsVerified;
        set => entry.IsVerified = value;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0) leave();
    }
}
