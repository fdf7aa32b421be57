using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;
using Exo.Engine.Backends;

namespace Exo.Engine.Scheduling;

/// <summary>A step on its way through a <see cref="LocalChain"/>, and the promise of its output. Used again once that has been taken.</summary>
internal sealed class ChainRun : IValueTaskSource<StepOutput>
{
    private static readonly ConcurrentBag<ChainRun> Unused = [];

    private ManualResetValueTaskSourceCore<StepOutput> _source; // mutable struct, not readonly

    private ChainRun()
    {
    }

    public StepInput Step { get; set; } = null!;

    public CancellationToken CancellationToken { get; private set; }

    public ValueTask<StepOutput> Task => new(this, _source.Version);

    public static ChainRun Rent(StepInput step, CancellationToken cancellationToken)
    {
        if (!Unused.TryTake(out var run)) run = new ChainRun();
        run.Step = step;
        run.CancellationToken = cancellationToken;
        return run;
    }

    public void Succeed(StepOutput output) => _source.SetResult(output);

    public void Fail(Exception exception) => _source.SetException(exception);

    StepOutput IValueTaskSource<StepOutput>.GetResult(short token)
    {
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            _source.Reset();
            Step = null!;
            CancellationToken = default;
            Unused.Add(this);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<StepOutput>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<StepOutput>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
