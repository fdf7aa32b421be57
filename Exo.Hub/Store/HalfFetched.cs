using Exo.Hub.Protocol;

namespace Exo.Hub.Store;

/// <summary>
/// Files that a pull began and did not end: a sparse file and its journal, which no snapshot shows. Holds their locks from before the first name goes
/// until the bytes are gone, so that none is taken from under a pull of another process.
/// </summary>
internal sealed class HalfFetched : IDisposable
{
    private readonly StoreLayout _layout;
    private readonly List<(ContentHash Hash, StoreLock Lock)> _held = [];

    /// <param name="layout">The repository.</param>
    /// <param name="hashes">The files; those of which nothing is half here are left out.</param>
    /// <param name="time">For the locks.</param>
    /// <exception cref="HubException"><see cref="HubError.Busy"/>: somebody is pulling one of them.</exception>
    public HalfFetched(StoreLayout layout, IEnumerable<ContentHash> hashes, TimeProvider time)
    {
        _layout = layout;
        try
        {
            foreach (var hash in hashes.Distinct().Where(hash => IsHere(layout, hash)))
                _held.Add((hash, StoreLock.TryTake(layout.Lock(hash), time) ?? throw Busy(layout)));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Whether a pull has left a part of the file, or the journal of one.</summary>
    public static bool IsHere(StoreLayout layout, ContentHash hash) => File.Exists(layout.Partial(hash)) || (File.Exists(layout.Journal(hash)) && !File.Exists(layout.Blob(hash)));

    /// <summary>Takes them off the disk.</summary>
    /// <returns>Bytes freed.</returns>
    public long Delete()
    {
        long freed = 0;
        foreach (var (hash, _) in _held)
        {
            if (File.Exists(_layout.Partial(hash))) freed += Transfer.RangeJournal.Read(_layout.Journal(hash))?.Landed.ByteCount ?? 0;
            File.Delete(_layout.Partial(hash)); // A journal without its bytes says nothing; bytes without their journal would stay.
            File.Delete(_layout.Journal(hash));
        }
        return freed;
    }

    public void Dispose()
    {
        foreach (var (_, held) in _held) held.Dispose();
    }

    public static HubException Busy(StoreLayout layout) =>
        new(HubError.Busy, $"{layout.RepositoryId} is being pulled just now. Wait until that ends, or cancel it, and remove it then.");
}
