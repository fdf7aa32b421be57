using System.Collections.Immutable;

namespace Exo.Grains.Nodes;

/// <summary>
/// This node's fetches, one a model (and one for its headers alone): an order for layers that a running one brings joins it; another takes its place, and goes on from what has
/// landed. Ended ones are remembered for a while, so that whoever asks late learns how they ended.
/// </summary>
internal sealed class NodeFetches(Func<NodeFetch, CancellationToken, Task> work, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Model, bool HasLayers), NodeFetch> _fetches = [];

    public ImmutableArray<FetchState> States
    {
        get
        {
            lock (_gate)
            {
                foreach (var (key, fetch) in _fetches.ToArray())
                    if (fetch.EndedAt is { } ended && time.GetElapsedTime(ended) > Remembered) _fetches.Remove(key);
                return [.. _fetches.Values.Select(fetch => fetch.State)];
            }
        }
    }

    public FetchState Start(FetchOrder order)
    {
        lock (_gate)
        {
            if (_fetches.TryGetValue(KeyOf(order), out var running) && !running.Completion.IsCompleted)
            {
                if (Brings(running.Order, order)) return running.State;
                running.Cancel(); // What has landed of it stays; its ranges in flight are the price of a change of plan.
            }

            var fetch = new NodeFetch(order);
            if (order.Control is { } control) fetch.Control(control);
            else if (running is { Completion.IsCompleted: false }) fetch.Control(running.Controlled); // A paused fetch stays paused under another plan.
            var earlier = running?.Completion ?? Task.CompletedTask;
            fetch.Start(async (fetch, cancellationToken) =>
            {
                await earlier.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
                await work(fetch, cancellationToken);
            }, time);
            _fetches[KeyOf(order)] = fetch;
            return fetch.State;
        }
    }

    public FetchState? Find(string model)
    {
        lock (_gate) return (_fetches.GetValueOrDefault((model, true)) ?? _fetches.GetValueOrDefault((model, false)))?.State;
    }

    /// <summary>Running ones alone: what has ended stays ended.</summary>
    public void Control(string model, FetchControl control)
    {
        lock (_gate)
        {
            _fetches.GetValueOrDefault((model, true))?.Control(control);
            _fetches.GetValueOrDefault((model, false))?.Control(control);
        }
    }

    public void Cancel(string model)
    {
        lock (_gate)
        {
            _fetches.GetValueOrDefault((model, true))?.Cancel();
            _fetches.GetValueOrDefault((model, false))?.Cancel();
        }
    }

    /// <summary>Cancels a model's fetches, and returns when they have made their last writes, or after a while.</summary>
    public async Task EndAsync(string model)
    {
        NodeFetch[] ending;
        lock (_gate) ending = [.. _fetches.Where(fetch => fetch.Key.Model == model).Select(fetch => fetch.Value)];
        foreach (var fetch in ending) fetch.Cancel();
        await Task.WhenAll(ending.Select(fetch => fetch.Completion)).WaitAsync(EndPatience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Cancels all, and waits for their last writes a while.</summary>
    public void Dispose()
    {
        Task ended;
        lock (_gate)
        {
            foreach (var fetch in _fetches.Values) fetch.Cancel();
            ended = Task.WhenAll(_fetches.Values.Select(fetch => fetch.Completion)).ContinueWith(_ => { }, TaskScheduler.Default);
            _fetches.Clear();
        }

        ended.Wait(EndPatience);
    }

    private static (string, bool) KeyOf(FetchOrder order) => (order.Model, order.EndLayer > order.FirstLayer);

    /// <summary>Whether a fetch has in the end what an order asks for.</summary>
    internal static bool Brings(FetchOrder running, FetchOrder wanted) =>
        running.Commit == wanted.Commit && running.FirstLayer <= wanted.FirstLayer && running.EndLayer >= wanted.EndLayer && (running.WithHead || !wanted.WithHead);
}
