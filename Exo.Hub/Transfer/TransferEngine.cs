namespace Exo.Hub.Transfer;

/// <summary>
/// Moves ranges of remote files into sparse local ones. One per process: it holds the connections of all transfers together
/// under one limit and one rate. Works on threads of its own; the caller's thread and the thread pool only ever start and await.
/// </summary>
public sealed class TransferEngine : IDisposable
{
    /// <param name="options">Limits, time-outs, back-off.</param>
    /// <param name="timeProvider">Time for back-off and stalls; the system's where left out.</param>
    public TransferEngine(HubOptions options, TimeProvider? timeProvider = null) => throw new NotImplementedException();

    /// <summary>Begins a transfer, or joins the one already running for the same <see cref="TransferRequest.PartialPath"/>.</summary>
    public ITransfer Start(TransferRequest request) => throw new NotImplementedException();

    /// <summary>Stops everything; landed ranges are kept.</summary>
    public void Dispose()
    {
    }
}

/// <summary>One user's hold on a running transfer. Several holds share one transfer; it is paused or ended when all of them want that.</summary>
public interface ITransfer
{
    /// <summary>Ends when all wanted ranges are on disk (and hashed where a hash was named), or with a <see cref="HubException"/> or <see cref="OperationCanceledException"/>.</summary>
    Task Completion { get; }

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
