using System.Text.Json;

namespace Exo.Hub.Store;

/// <summary>
/// One blob's lock against other processes: the very <c>flock</c> that huggingface_hub takes, which dies with its process. Network file systems
/// where that lock ends at the machine (or does nothing) get a lease beside it, renewed while it is held: another machine's fresh lease counts.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LeaseHolds = TimeSpan.FromSeconds(60);

    private readonly FileStream _file;
    private readonly string _lease;
    private readonly ITimer _renew;

    private StoreLock(FileStream file, string lease, TimeProvider time)
    {
        (_file, _lease) = (file, lease);
        File.WriteAllBytes(lease, JsonSerializer.SerializeToUtf8Bytes(new LeaseJson(Environment.MachineName, Environment.ProcessId), StoreJson.Default.LeaseJson));
        _renew = time.CreateTimer(_ => Renew(), null, RenewEvery, RenewEvery);
    }

    /// <summary>Takes the lock; null while somebody else has it.</summary>
    public static StoreLock? TryTake(string path, TimeProvider time)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
        var lease = path + ".lease";
        if (IsHeldElsewhere(lease))
        {
            file.Dispose();
            return null;
        }
        try
        {
            return new StoreLock(file, lease, time);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Takes the lock as soon as it is free.</summary>
    /// <param name="path">The lock's file.</param>
    /// <param name="whileWaiting">Called before each further try; may end the wait by returning true (the result is then null).</param>
    /// <param name="time">Time between tries.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<StoreLock?> TakeAsync(string path, Func<bool> whileWaiting, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryTake(path, time) is { } taken) return taken;
            if (whileWaiting()) return null;
            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _renew.Dispose();
        try
        {
            File.Delete(_lease);
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            // It expires by itself, and on this machine the lock itself decides.
        }
        _file.Dispose(); // The file stays: deleting it would let two processes hold two locks of one name.
    }

    /// <summary>Whether another machine renewed its lease lately. A lease of this machine says nothing: its lock would be held.</summary>
    private static bool IsHeldElsewhere(string lease)
    {
        try
        {
            if (!File.Exists(lease) || DateTime.UtcNow - File.GetLastWriteTimeUtc(lease) > LeaseHolds) return false;
            return JsonSerializer.Deserialize(File.ReadAllBytes(lease), StoreJson.Default.LeaseJson) is { } held && held.Host != Environment.MachineName;
        }
        catch (Exception unreadable) when (unreadable is IOException or JsonException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Renew()
    {
        try
        {
            File.SetLastWriteTimeUtc(_lease, DateTime.UtcNow);
        }
        catch (Exception lost) when (lost is IOException or UnauthorizedAccessException)
        {
            // The lock itself still holds.
        }
    }
}
