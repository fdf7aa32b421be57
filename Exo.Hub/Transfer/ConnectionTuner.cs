namespace Exo.Hub.Transfer;

/// <summary>
/// How many connections are worth having: begins with few, doubles them while the total grows, goes back where it doesn't, and halves them when a server asks
/// for less: not by one answer in a hundred, which fails for other reasons, but by a good part of them. A home line is full with the first few; a fast line that caps each connection gets all. Guarded by the engine's gate.
/// </summary>
/// <param name="start">Connections to begin with.</param>
/// <param name="most">The most connections; from <paramref name="start"/> on nothing is tuned where they are equal.</param>
/// <param name="headroom"><see cref="HubOptions.Headroom"/></param>
/// <param name="time">Time.</param>
internal sealed class ConnectionTuner(int start, int most, double headroom, TimeProvider time)
{
    /// <summary>What twice the connections must bring to be kept.</summary>
    private const double WorthIt = 1.2;

    /// <summary>Answers that the share of refusals looks back on, and the share that asks for less: one refusal alone is below it, two in a row are above.</summary>
    private const double LookBack = 16, TooMany = 0.12;

    /// <summary>New connections get up to speed before they are judged.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Judging = TimeSpan.FromSeconds(1);

    /// <summary>How long to leave it at that when more brought nothing, or a server asked for less; doubled each time up to <see cref="LongestRest"/>.</summary>
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(4);

    private readonly int _most = Math.Max(1, most);
    private long _restUntil = long.MinValue;
    private TimeSpan _rest = FirstRest;
    private long _sinceAt = time.GetTimestamp();
    private long _sinceBytes = -1;
    private long _refusedAt = long.MinValue;
    private double _refusedShare;
    private (int Connections, double BytesPerSecond)? _before;
    private (long At, CoreTimes Cores)? _lastLook;
    private double _spare, _own;

    /// <summary>Connections that may be at work now.</summary>
    public int Allowed { get; private set; } = Math.Clamp(start, 1, Math.Max(1, most));

    /// <summary>Looks at the total so far; to be called a few times a second.</summary>
    /// <param name="received">Bytes received in all, over all connections. Never falls.</param>
    /// <param name="working">Connections at work: fewer than allowed say nothing about the line.</param>
    /// <param name="cores">What the cores have done so far; null where nobody knows, or nothing is to be left free.</param>
    /// <returns>Whether <see cref="Allowed"/> changed.</returns>
    public bool Observe(long received, int working, CoreTimes? cores = null)
    {
        var now = time.GetTimestamp();
        if (IsCrowded(cores, now))
        {
            Allowed = Math.Max(start, Allowed * 3 / 4);
            _before = null;
            _restUntil = Math.Max(_restUntil, now + Ticks(FirstRest)); // Not doubled: whoever needs the cores now may be done soon.
            Begin(now);
            return true;
        }
        if (working < Allowed || now < _restUntil)
        {
            Begin(now);
            return false;
        }
        var elapsed = time.GetElapsedTime(_sinceAt, now);
        if (elapsed < Settling) return false;
        if (_sinceBytes < 0) (_sinceAt, _sinceBytes) = (now - Ticks(Settling), received); // Settled: the judging begins here.
        if (time.GetElapsedTime(_sinceAt, now) < Settling + Judging) return false;

        var speed = (received - _sinceBytes) / (time.GetElapsedTime(_sinceAt, now) - Settling).TotalSeconds;
        Begin(now);
        if (_before is { } before && speed < before.BytesPerSecond * WorthIt)
        {
            Allowed = before.Connections;
            Rest(now);
            return true;
        }
        if (Allowed >= _most || _spare < _own) return false; // Twice the connections take twice of the cores.
        _before = (Allowed, speed);
        Allowed = Math.Min(_most, Allowed * 2);
        return true;
    }

    /// <summary>A server gave what it was asked for.</summary>
    public void Served() => _refusedShare -= _refusedShare / LookBack;

    /// <summary>A server said 429 or 503. Connections refused together count once.</summary>
    public void Refused()
    {
        _refusedShare += (1 - _refusedShare) / LookBack;
        if (_refusedShare < TooMany) return;
        var now = time.GetTimestamp();
        if (_refusedAt != long.MinValue && time.GetElapsedTime(_refusedAt, now) < Judging) return;
        _refusedAt = now;
        if (start < _most) Allowed = Math.Max(1, Allowed / 2); // A number that was asked for is kept.
        Rest(now);
    }

    /// <summary>Looks at the cores once a second. Whether others have less left than they should, and connections beyond the first few could go.</summary>
    private bool IsCrowded(CoreTimes? cores, long now)
    {
        if (cores is not { } current || (_lastLook is var (at, _) && time.GetElapsedTime(at, now) < Judging)) return false;
        var spent = current - (_lastLook?.Cores ?? current);
        _lastLook = (now, current);
        if (spent.Total <= 0) return false;
        var others = Math.Max(0, spent.Total - spent.Idle - spent.Own);
        (_spare, _own) = ((spent.Idle - headroom * others) / spent.Total, spent.Own / spent.Total);
        return _spare < 0 && Allowed > start;
    }

    private void Rest(long now)
    {
        _before = null;
        _restUntil = now + Ticks(_rest);
        _rest = _rest * 2 < LongestRest ? _rest * 2 : LongestRest;
        Begin(now);
    }

    private void Begin(long now) => (_sinceAt, _sinceBytes) = (now, -1);

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
