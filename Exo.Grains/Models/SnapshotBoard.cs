using System.Collections.Immutable;

namespace Exo.Grains.Models;

/// <summary>
/// The model's snapshot as it changes, for those who wait for a change and for the stream. Versions are milliseconds since 1970 or one more than the
/// last, so that they rise over moves between silos without anything being stored. Used on one grain's scheduler.
/// </summary>
/// <param name="model">The model's name.</param>
/// <param name="publish">Takes the newest snapshot; called at most ten times a second, and always after the last change.</param>
/// <param name="time">The clock.</param>
internal sealed class SnapshotBoard(string model, Action<ModelSnapshot> publish, TimeProvider time)
{
    private static readonly TimeSpan PublishInterval = TimeSpan.FromMilliseconds(100);

    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long? _publishedAt;
    private bool _isPublishing;

    public ModelSnapshot Current { get; private set; } = new() { Model = model, Version = time.GetUtcNow().ToUnixTimeMilliseconds(), Phase = ModelPhase.Idle };

    /// <summary>Puts another snapshot up, where it differs from the present one; its version is set here.</summary>
    public void Set(ModelSnapshot next)
    {
        if (SameButForVersion(next)) return;
        Current = next with { Version = Rising.Next(Current.Version, time) };
        var changed = _changed;
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
        if (!_isPublishing) _ = PublishAsync();
    }

    /// <summary>Returns when the version is no longer this one, or after <paramref name="patience"/> as it is.</summary>
    public async Task<ModelSnapshot> WatchAsync(long version, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (Current.Version != version) return Current;
        try
        {
            await _changed.Task.WaitAsync(patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Nothing changed: the caller asks again.
        }

        return Current;
    }

    /// <summary>Lets everybody who waits go.</summary>
    public void Close() => _changed.TrySetResult();

    private async Task PublishAsync()
    {
        _isPublishing = true;
        if (_publishedAt is { } last && PublishInterval - time.GetElapsedTime(last) is { Ticks: > 0 } wait) await Task.Delay(wait, time);
        _publishedAt = time.GetTimestamp();
        _isPublishing = false; // A change from here on is published by itself.
        publish(Current);
    }

    private bool SameButForVersion(ModelSnapshot next) =>
        next with { Version = Current.Version, Nodes = [] } == Current with { Nodes = [] } && next.Nodes.AsSpan().SequenceEqual(Current.Nodes.AsSpan());
}

/// <summary>Numbers that rise over all silos that ever give them out, as long as their clocks are not far apart.</summary>
internal static class Rising
{
    /// <summary>Milliseconds since 1970, or one more than the number before.</summary>
    public static long Next(long before, TimeProvider time) => Math.Max(before + 1, time.GetUtcNow().ToUnixTimeMilliseconds());
}
