namespace Exo.Api.Events;

/// <summary>What a server can be watched doing.</summary>
public interface IEventSource
{
    /// <summary>
    /// First what is known, then what comes, until cancelled. Slow readers skip snapshots that later ones have replaced, and never make
    /// anybody wait.
    /// </summary>
    /// <param name="after">The id of the last event seen; what was known then is left out. Null, or an id of another run: everything.</param>
    /// <param name="cancellationToken">Ends the watching.</param>
    IAsyncEnumerable<NumberedEvent> WatchAsync(string? after = null, CancellationToken cancellationToken = default);
}

/// <summary>An event and what to call it when asking for those after it.</summary>
public readonly record struct NumberedEvent(string Id, ExoEvent Event);
