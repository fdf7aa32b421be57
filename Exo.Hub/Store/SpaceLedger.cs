using System.Text.Json;
using Exo.Hub.Transfer;

namespace Exo.Hub.Store;

/// <summary>
/// Which room on the disk running pulls have set aside, in all processes: each keeps a list here of what it will write, beside a lock that it
/// holds while it lives. What is still to come is told from the partial files' journals, so nobody has to keep a count up to date.
/// </summary>
internal sealed class SpaceLedger(string cacheFolder, long margin, Func<long>? freeBytes = null)
{
    private const string LockSuffix = ".lock";

    private readonly string _folder = Path.Combine(cacheFolder, ".locks", ".exo-reservations");

    /// <summary>Bytes free on the store's disk.</summary>
    public long FreeBytes() => freeBytes?.Invoke() ?? new DriveInfo(ExistingFolder()).AvailableFreeSpace;

    /// <summary>Bytes that running pulls have set aside and not yet written; a file that two of them want counts once.</summary>
    public long ReservedBytes() => StillToWrite(Living().SelectMany(reservation => reservation.Files));

    /// <summary>Sets room aside for the files, or says how much is missing. Disposing gives it back.</summary>
    /// <param name="model">For the message.</param>
    /// <param name="files">What will be written.</param>
    /// <exception cref="HubException"><see cref="HubError.NotEnoughSpace"/>.</exception>
    public IDisposable Reserve(string model, IReadOnlyList<ReservedFileJson> files)
    {
        Directory.CreateDirectory(_folder);
        using var turn = TakeTurn();
        var (needed, others, free) = Count(files);
        if (ShortageOf(needed, others, free) is > 0 and var shortage)
        {
            throw new HubException(HubError.NotEnoughSpace, $"{model} needs {SizeText.Of(needed)} more on the disk of {cacheFolder}; {SizeText.Of(free)} are free"
                + (others > 0 ? $", {SizeText.Of(others)} of them set aside by running pulls" : "") + (margin > 0 ? $", and {SizeText.Of(margin)} stay free" : "")
                + ". Make room (exo rm MODEL), or set HF_HUB_CACHE to another disk" + (shortage <= margin ? $", or lower EXO_DISK_MARGIN, now {SizeText.Of(margin)}." : "."));
        }
        return new Reservation(_folder, new ReservationJson(files));
    }

    /// <summary>Bytes by which the disk is too small for the files, now; 0 where they fit.</summary>
    public long ShortageOf(IReadOnlyList<ReservedFileJson> files)
    {
        var (needed, others, free) = Count(files);
        return ShortageOf(needed, others, free);
    }

    private long ShortageOf(long needed, long others, long free) => needed > 0 ? Math.Max(0, needed - (free - others - margin)) : 0;

    private (long Needed, long Others, long Free) Count(IReadOnlyList<ReservedFileJson> files)
    {
        var living = Living().SelectMany(reservation => reservation.Files).ToList();
        var others = StillToWrite(living);
        return (StillToWrite(living.Concat(files)) - others, others, FreeBytes());
    }

    private static long StillToWrite(IEnumerable<ReservedFileJson> files) =>
        files.DistinctBy(file => file.PartialPath).Sum(file => File.Exists(file.FinishedPath) ? 0
            : Math.Max(0, file.ByteCount - (RangeJournal.Read(file.PartialPath + TransferRequest.JournalSuffix)?.Landed.ByteCount ?? 0)));

    /// <summary>The reservations of processes that live; those of dead ones are cleared away.</summary>
    private List<ReservationJson> Living()
    {
        var living = new List<ReservationJson>();
        if (!Directory.Exists(_folder)) return living;
        foreach (var path in Directory.EnumerateFiles(_folder, "*.json"))
        {
            try
            {
                if (!IsHeld(path + LockSuffix))
                {
                    File.Delete(path);
                    File.Delete(path + LockSuffix);
                }
                else if (JsonSerializer.Deserialize(File.ReadAllBytes(path), StoreJson.Default.ReservationJson) is { } reservation)
                {
                    living.Add(reservation);
                }
            }
            catch (Exception passing) when (passing is IOException or JsonException or UnauthorizedAccessException)
            {
                // It ended just now.
            }
        }
        return living;
    }

    private static bool IsHeld(string path)
    {
        try
        {
            using var probe = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>One process at a time counts and adds. Waits for moments only.</summary>
    private FileStream TakeTurn()
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                return new FileStream(Path.Combine(_folder, "turn.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (tries < 500)
            {
                Thread.Sleep(10);
            }
        }
    }

    private string ExistingFolder()
    {
        var folder = cacheFolder;
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { Length: > 0 } parent) folder = parent;
        return folder;
    }

    private sealed class Reservation : IDisposable
    {
        private readonly FileStream _lock;
        private readonly string _path;

        public Reservation(string folder, ReservationJson reservation)
        {
            _path = Path.Combine(folder, $"{Environment.ProcessId}-{Guid.NewGuid():N}.json");
            _lock = new FileStream(_path + LockSuffix, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            AtomicFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(reservation, StoreJson.Default.ReservationJson));
        }

        public void Dispose()
        {
            _lock.Dispose();
            try
            {
                File.Delete(_path);
                File.Delete(_path + LockSuffix);
            }
            catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
            {
                // Not locked any more: the next one to look clears it away.
            }
        }
    }
}
