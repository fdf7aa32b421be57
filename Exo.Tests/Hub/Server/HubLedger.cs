namespace Exo.Tests.Hub.Server;

/// <summary>One request and what was answered.</summary>
internal sealed record HubRequest
{
    public required string Method { get; init; }

    /// <summary>As sent: path and query, still escaped.</summary>
    public required string Target { get; init; }

    /// <summary>It went to the CDN's host.</summary>
    public required bool IsCdn { get; init; }

    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The connection it came over.</summary>
    public required string Connection { get; init; }

    /// <summary>The file whose bytes were answered, as "org/name/path"; null for facts, trees and redirects.</summary>
    public string? File { get; set; }

    /// <summary>0 until answered, and when the connection was cut before the headers.</summary>
    public int Status { get; set; }

    public Fault Fault { get; set; }

    /// <summary>Offset in the file of the first byte that was sent.</summary>
    public long SentFrom { get; set; }

    /// <summary>Body bytes handed to the network.</summary>
    public long BytesSent { get; set; }

    /// <summary>A request header, "" when it was not sent.</summary>
    public string Header(string name) => Headers.GetValueOrDefault(name, "");
}

/// <summary>Everything the hub was asked, in order. Thread-safe.</summary>
internal sealed class HubLedger
{
    private readonly Lock _gate = new();
    private readonly List<HubRequest> _requests = [];
    private readonly List<(Func<HubRequest, bool> Match, int Count, TaskCompletionSource Done)> _waiters = [];
    private int _connections;

    public IReadOnlyList<HubRequest> Requests
    {
        get { lock (_gate) return [.. _requests]; }
    }

    /// <summary>The most connections open at one time, hub and CDN together.</summary>
    public int MostConnections { get; private set; }

    /// <summary>Requests that answered bytes of this file ("org/name/path").</summary>
    public IEnumerable<HubRequest> ContentRequests(string file) => Requests.Where(request => request.File == file);

    /// <summary>Body bytes of this file sent in all, repeats and bad ones included.</summary>
    public long BytesSent(string file) => ContentRequests(file).Sum(request => request.BytesSent);

    /// <summary>How many of the file's bytes were sent at least <paramref name="times"/> times.</summary>
    public long BytesSentAtLeast(int times, string file)
    {
        var edges = ContentRequests(file)
            .SelectMany(request => new[] { (At: request.SentFrom, Step: 1), (At: request.SentFrom + request.BytesSent, Step: -1) })
            .OrderBy(edge => edge.At);
        long covered = 0, since = 0;
        var depth = 0;
        foreach (var (at, step) in edges)
        {
            if (depth >= times) covered += at - since;
            since = at;
            depth += step;
        }
        return covered;
    }

    /// <summary>Completes when so many requests match; the barrier that tests wait at. Looked at when a request comes and when its fault is chosen.</summary>
    /// <exception cref="TimeoutException">They did not come within half a minute.</exception>
    public Task WhenAsync(int count, Func<HubRequest, bool> match)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate) _waiters.Add((match, count, done));
        Look();
        return done.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Forgets the past, to count from here.</summary>
    public void Clear()
    {
        lock (_gate) _requests.Clear();
    }

    internal void Add(HubRequest request)
    {
        lock (_gate) _requests.Add(request);
        Look();
    }

    internal void Look()
    {
        lock (_gate)
        {
            foreach (var waiter in _waiters.Where(waiter => _requests.Count(waiter.Match) >= waiter.Count).ToArray())
            {
                _waiters.Remove(waiter);
                waiter.Done.TrySetResult();
            }
        }
    }

    internal void ConnectionOpened()
    {
        lock (_gate) MostConnections = Math.Max(MostConnections, ++_connections);
    }

    internal void ConnectionClosed()
    {
        lock (_gate) _connections--;
    }
}
