namespace Exo.Hub.Transfer;

/// <summary>
/// One connection's work: a range of a transfer that it alone fetches. Its worker moves <see cref="Position"/>; another worker may take its
/// last part away (<see cref="Split"/>); the watchdog or the user may end it (<see cref="Abort"/>).
/// </summary>
internal sealed class RangeClaim : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly TimeProvider _time;
    private RangeAnswer? _answer;
    private long _end;
    private long _position;
    private long _lastByteAt;
    private bool _disposed;
    private volatile bool _isAborted;

    public RangeClaim(FileTransfer transfer, SourceState source, ByteRange range, bool isWhole, TimeProvider time)
    {
        (Transfer, Source, Start, IsWhole, _time) = (transfer, source, range.Start, isWhole, time);
        (_position, _end) = (range.Start, range.End);
        ClaimedAt = _lastByteAt = time.GetTimestamp();
    }

    public FileTransfer Transfer { get; }

    public SourceState Source { get; }

    /// <summary>Asked for without a Range header; its worker picks what is missing out of the stream.</summary>
    public bool IsWhole { get; }

    public long Start { get; }

    /// <summary>Up to where it is in the journal; 0 before anything is. Guarded by the engine's gate.</summary>
    public long LandedTo { get; set; }

    public long ClaimedAt { get; }

    /// <summary>Where the worker is: everything before it is written.</summary>
    public long Position => Volatile.Read(ref _position);

    public long End => Volatile.Read(ref _end);

    /// <summary>Ended from outside, by the watchdog or the user.</summary>
    public bool IsAborted => _isAborted;

    /// <summary>The watchdog ended it: no byte came for too long.</summary>
    public bool IsStalled { get; private set; }

    /// <summary>Its last part was taken away: the body goes on after its end.</summary>
    public bool WasSplit { get; private set; }

    public CancellationToken Ended => _ended.Token;

    public TimeSpan Silence => _time.GetElapsedTime(Volatile.Read(ref _lastByteAt));

    public void Touch() => Volatile.Write(ref _lastByteAt, _time.GetTimestamp());

    /// <summary>Takes the answer over, so that ending the claim ends the answer.</summary>
    public void Attach(RangeAnswer answer)
    {
        lock (_gate)
        {
            _answer = answer;
            if (!IsAborted) return;
        }
        answer.Abort();
    }

    /// <summary>Claims up to <paramref name="count"/> bytes at the position for writing; fewer, or none, where the end was moved before it.</summary>
    public int Advance(int count)
    {
        lock (_gate)
        {
            var allowed = (int)Math.Clamp(_end - _position, 0, count);
            _position += allowed;
            return allowed;
        }
    }

    /// <summary>Gives bytes back that were claimed for writing and not written.</summary>
    public void Retreat(int count)
    {
        lock (_gate) _position -= count;
    }

    /// <summary>Takes the second half of what is left away; empty where less than <paramref name="smallest"/> would be left on either side.</summary>
    public ByteRange Split(long smallest)
    {
        lock (_gate)
        {
            var left = _end - _position;
            if (IsWhole || left < 2 * smallest) return default;
            var middle = _end - left / 2;
            var taken = ByteRange.FromTo(middle, _end);
            _end = middle;
            WasSplit = true;
            return taken;
        }
    }

    /// <summary>Ends the claim from any thread. Returns at once.</summary>
    /// <param name="stalled">Whether it ends because no byte came.</param>
    public void Abort(bool stalled = false)
    {
        RangeAnswer? answer;
        lock (_gate)
        {
            if (_disposed || IsAborted) return;
            (IsStalled, _isAborted) = (stalled, true);
            answer = _answer;
        }
        // Cancelling and closing run code of the HTTP stack: not on the caller, who may hold the engine's gate.
        ThreadPool.UnsafeQueueUserWorkItem(static state => state.Claim.Close(state.Answer), (Claim: this, Answer: answer), preferLocal: false);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _answer = null;
        }
    }

    private void Close(RangeAnswer? answer)
    {
        _ended.Cancel(); // Never disposed: it holds no timer and no handle, and this may come after the worker's end.
        answer?.Abort();
    }
}
