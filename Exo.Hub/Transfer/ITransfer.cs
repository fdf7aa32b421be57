namespace Exo.Hub.Transfer;

/// <summary>One user's hold on a running transfer. Several holds share one transfer; it is paused or ended when all of them want that.</summary>
public interface ITransfer
{
    /// <summary>Ends when all wanted ranges are on disk (and hashed where a hash was named), or with a <see cref="HubException"/> or <see cref="OperationCanceledException"/>.</summary>
    Task Completion { get; }

    /// <summary>Ends after <see cref="Completion"/>, when what was finished would survive a power cut. Never fails: what the disk didn't take counts as missing from then on.</summary>
    Task Durable { get; }

    /// <summary>The counters now. Cheap.</summary>
    TransferProgress Progress { get; }

    /// <summary>A copy of the ranges that are on disk and checked; a mirror may serve them while the transfer runs.</summary>
    RangeSet Landed { get; }

    /// <summary>Higher goes first.</summary>
    int Priority { get; set; }

    /// <summary>Stops asking for more; what is landed stays.</summary>
    void Pause();

    /// <summary>Goes on.</summary>
    void Resume();

    /// <summary>Ends this hold; landed ranges are kept.</summary>
    void Cancel();
}

/// <summary>The one kind of hold.</summary>
internal sealed class TransferHold(TransferEngine engine, FileTransfer transfer, int priority, bool paused) : ITransfer
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _durable = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _priority = priority;

    public FileTransfer Transfer => transfer;

    public bool IsPaused { get; private set; } = paused;

    public bool IsCancelled { get; private set; }

    public Task Completion => _completion.Task;

    public Task Durable => _durable.Task;

    public TransferProgress Progress => engine.Progress(transfer);

    public RangeSet Landed => engine.Landed(transfer);

    public int Priority
    {
        get => _priority;
        set => Change(() => _priority = value);
    }

    public void Pause() => Change(() => IsPaused = true);

    public void Resume() => Change(() => IsPaused = false);

    public void Cancel() => Change(() => IsCancelled = true);

    /// <summary>Tells the user; the first word counts.</summary>
    public void End(Exception? failure)
    {
        switch (failure)
        {
            case null: _completion.TrySetResult(); break;
            case OperationCanceledException: _completion.TrySetCanceled(); break;
            default: _completion.TrySetException(failure); break;
        }
    }

    public void Settled() => _durable.TrySetResult();

    private void Change(Action change)
    {
        lock (engine.Gate) change();
        engine.Changed(this);
    }
}
