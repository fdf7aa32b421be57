using System.Collections.Concurrent;

namespace Exo.Tests.Hub.Server;

/// <summary>Holds each connection to its rate, over all requests that it carries.</summary>
internal sealed class ConnectionPaces(HubServerOptions options)
{
    private readonly ConcurrentDictionary<string, Pace> _paces = new();

    /// <summary>Completes when the connection may send so many bytes more.</summary>
    public ValueTask WaitAsync(string connection, int bytes, CancellationToken cancellation) => options.ConnectionRate is { } rate
        ? _paces.GetOrAdd(connection, _ => new Pace(options.Clock)).WaitAsync(bytes / (double)rate, cancellation)
        : ValueTask.CompletedTask;

    public void Forget(string connection) => _paces.TryRemove(connection, out _);

    private sealed class Pace(TimeProvider clock)
    {
        // Bursts of this much keep the rate true although timers tick in milliseconds.
        private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(5);

        private readonly long _start = clock.GetTimestamp();
        private TimeSpan _free;

        public async ValueTask WaitAsync(double seconds, CancellationToken cancellation)
        {
            var now = clock.GetElapsedTime(_start);
            if (_free < now - Burst) _free = now - Burst;
            _free += TimeSpan.FromSeconds(seconds);
            if (_free > now) await Task.Delay(_free - now, clock, cancellation);
        }
    }
}
