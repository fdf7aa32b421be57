using System.Globalization;
using System.Runtime.CompilerServices;

namespace Exo.Api.Events;

/// <summary>
/// Holds the latest snapshot of everything that was posted, numbered, and tells watchers. Memory is bounded by the number of keys,
/// whatever the number of posts and however slow a watcher is. Knows neither who posts nor how it is carried. Thread-safe.
/// </summary>
public sealed class EventBoard(TimeProvider? timeProvider = null) : IEventSource
{
    /// <summary>Keys that are kept at most; those ended longest ago go first.</summary>
    internal const int MostKeys = 512;

    /// <summary>How long what has ended is still told to newcomers.</summary>
    internal static readonly TimeSpan Afterlife = TimeSpan.FromMinutes(5);

    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;
    private readonly string _run = Guid.NewGuid().ToString("N")[..12];
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private TaskCompletionSource _changed = NewSignal();
    private long _lastNumber;
    private int _watcherCount;

    /// <summary>How many watch now: what is costly to find out need not be while nobody does.</summary>
    public int WatcherCount => Volatile.Read(ref _watcherCount);

    /// <summary>Puts a snapshot in the place of the last one of its key.</summary>
    public void Post(ExoEvent snapshot)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            _entries[snapshot.Key] = new Entry(++_lastNumber, snapshot, now);
            Forget(now);
            changed = _changed;
            _changed = NewSignal();
        }
        changed.SetResult();
    }

    public async IAsyncEnumerable<NumberedEvent> WatchAsync(string? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var seen = NumberOf(after);
        Interlocked.Increment(ref _watcherCount);
        try
        {
            while (true)
            {
                var (news, changed) = Since(seen);
                foreach (var entry in news)
                {
                    yield return new NumberedEvent($"{_run}.{entry.Number.ToString(CultureInfo.InvariantCulture)}", entry.Event);
                    seen = entry.Number;
                }
                if (news.Length == 0) await changed.WaitAsync(cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _watcherCount);
        }
    }

    private (Entry[] News, Task Changed) Since(long seen)
    {
        lock (_lock) return ([.. _entries.Values.Where(entry => entry.Number > seen).OrderBy(entry => entry.Number)], _changed.Task);
    }

    /// <summary>0 for an id that this board did not give.</summary>
    private long NumberOf(string? id)
    {
        var parts = id?.Split('.') ?? [];
        return parts.Length == 2 && parts[0] == _run && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (key, entry) in _entries)
            if (entry.Event.IsLast && now - entry.Posted > Afterlife) _entries.Remove(key);
        while (_entries.Count > MostKeys)
            _entries.Remove(_entries.OrderBy(pair => !pair.Value.Event.IsLast).ThenBy(pair => pair.Value.Number).First().Key);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Entry(long Number, ExoEvent Event, DateTimeOffset Posted);
}
