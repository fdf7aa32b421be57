using Exo.Hub.Pulls;
using Exo.Hub.Slices;

namespace Exo.Grains.Nodes;

/// <summary>One order's fetch on this node. It ends by itself or is cancelled; what is verified stays on disk either way.</summary>
internal sealed class NodeFetch(FetchOrder order) : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly Lock _gate = new();
    private volatile Func<FetchState>? _progress;
    private IRunningPull? _pull;

    public FetchOrder Order { get; } = order;

    /// <summary>How it was told to run.</summary>
    public FetchControl Controlled { get; private set; } = new();

    /// <summary>Ends with the fetch.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>When it ended; null while it runs.</summary>
    public long? EndedAt { get; private set; }

    /// <summary>Where it stands.</summary>
    public FetchState State
    {
        get
        {
            var counted = _progress?.Invoke() ?? new FetchState { Order = Order, Phase = FetchPhase.Running };
            var ended = Completion;
            if (!ended.IsCompleted) return counted with { Phase = FetchPhase.Running, IsPaused = Controlled.IsPaused, Priority = Controlled.Priority };
            if (ended.IsCompletedSuccessfully) return counted with { Phase = FetchPhase.Done, BytesPerSecond = 0, Trouble = null };
            if (ended.IsCanceled) return counted with { Phase = FetchPhase.Cancelled, BytesPerSecond = 0, Trouble = null };
            var failure = ended.Exception!.InnerException!;
            var told = Refusals.Of(failure);
            return counted with { Phase = FetchPhase.Failed, BytesPerSecond = 0, Trouble = null, Error = told?.Message ?? $"the fetch broke off: {failure.Message}", ErrorKind = told?.Kind ?? Api.ExoErrorKind.Failure };
        }
    }

    /// <summary>Begins it on a thread of the pool.</summary>
    public void Start(Func<NodeFetch, CancellationToken, Task> work, TimeProvider time) => Completion = Task.Run(async () =>
    {
        try
        {
            await work(this, _cancel.Token);
        }
        finally
        {
            EndedAt = time.GetTimestamp();
        }
    });

    public void Cancel() => _cancel.Cancel();

    /// <summary>Has it run so from now on, whatever it follows.</summary>
    public void Control(FetchControl control)
    {
        lock (_gate)
        {
            Controlled = control;
            Obey();
        }
    }

    /// <summary>Lets a slice's counters speak for this fetch until the slice is here.</summary>
    public async Task FollowAsync(SlicePull pull, CancellationToken cancellationToken)
    {
        _progress = () =>
        {
            var now = pull.Progress;
            return Counted(now.BytesWanted, now.BytesDone, now.BytesResumed, now.BytesFromPeers, now.BytesPerSecond, now.Trouble);
        };
        await FollowAsync(pull, pull.Completion, cancellationToken);
    }

    /// <summary>The same for a whole model.</summary>
    public async Task FollowAsync(Pull pull, CancellationToken cancellationToken)
    {
        _progress = () =>
        {
            var now = pull.Current;
            return Counted(now.BytesTotal, now.BytesDone, now.BytesFromCache, now.BytesFromPeers, now.BytesPerSecond, now.Trouble);
        };
        await FollowAsync(pull, pull.Completion, cancellationToken);
    }

    public void Dispose()
    {
        _cancel.Cancel();
        _cancel.Dispose();
    }

    private async Task FollowAsync(IRunningPull pull, Task completion, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _pull = pull;
            Obey();
        }

        await using var cancel = cancellationToken.Register(pull.Cancel);
        await completion;
    }

    private void Obey()
    {
        if (_pull is not { } pull) return;
        pull.Priority = Controlled.Priority;
        if (Controlled.IsPaused) pull.Pause();
        else pull.Resume();
    }

    private FetchState Counted(long wanted, long done, long fromCache, long fromPeers, double rate, string? trouble) => new()
    {
        Order = Order,
        Phase = FetchPhase.Running,
        BytesWanted = wanted,
        BytesDone = done,
        BytesFromCache = fromCache,
        BytesFromPeers = fromPeers,
        BytesPerSecond = rate,
        Trouble = trouble,
    };
}
