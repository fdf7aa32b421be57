using Exo.Hub.Protocol;

namespace Exo.Hub.Transfer;

/// <summary>How one source has behaved in one transfer. Guarded by the engine's gate.</summary>
internal sealed class SourceState(IRangeSource source)
{
    /// <summary>Nonsense in a row after which a source is believed to be no hub at all.</summary>
    private const int MostBadAnswers = 8;
    private static readonly TimeSpan NotHereFor = TimeSpan.FromSeconds(5);

    private readonly RangeSet _notHere = new();
    private long _askAgainAt;
    private long _lastFailureAt = long.MinValue;
    private int _failures;
    private int _badAnswers;

    public IRangeSource Source => source;

    /// <summary>Given up for this transfer; only ever a peer.</summary>
    public bool IsDead { get; set; }

    /// <summary>It answers every request with the whole file.</summary>
    public bool IsWholeOnly { get; set; }

    /// <summary>No request before this timestamp.</summary>
    public long NotBefore { get; private set; } = long.MinValue;

    public bool IsNonsense => _badAnswers >= MostBadAnswers;

    /// <summary>The first missing bytes that this source may have; empty where there are none.</summary>
    public ByteRange FirstOf(RangeSet missing, long now)
    {
        if (!_notHere.IsEmpty && now >= _askAgainAt) _notHere.Clear();
        var advertised = source.Advertised;
        for (var i = 0; i < missing.Count; i++)
        {
            foreach (var part in _notHere.MissingIn(missing[i]))
            {
                if (advertised is null) return part;
                if (advertised.FirstIn(part) is { IsEmpty: false } held) return held;
            }
        }
        return default;
    }

    public void Lacks(ByteRange range, long now, TimeProvider time)
    {
        _notHere.Add(range);
        _askAgainAt = now + (long)(NotHereFor.TotalSeconds * time.TimestampFrequency);
    }

    public void Succeeded() => (_failures, _badAnswers) = (0, 0);

    /// <summary>
    /// Counts a failure and sets when to ask again. Connections that began before the last counted failure break together and count
    /// once; a single failure with bytes before it costs no wait.
    /// </summary>
    public void Failed(SourceException failure, long claimedAt, bool hadBytes, HubOptions options, TimeProvider time)
    {
        var now = time.GetTimestamp();
        if (failure.Error == HubError.BadAnswer) _badAnswers++;
        if (claimedAt <= _lastFailureAt && failure.RetryAfter is null) return;
        _lastFailureAt = now;
        _failures = hadBytes ? 1 : _failures + 1;
        if (hadBytes && failure.RetryAfter is null) return;
        var delay = BackOff.Delay(_failures, failure.RetryAfter, options, Random.Shared.NextDouble());
        NotBefore = Math.Max(NotBefore, now + (long)(delay.TotalSeconds * time.TimestampFrequency));
    }
}
