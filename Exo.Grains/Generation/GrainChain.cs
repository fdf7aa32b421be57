using System.Collections.Concurrent;
using Exo.Engine.Backends;
using Exo.Engine.Backends.Wire;
using Exo.Engine.Scheduling;
using Exo.Grains.Models;
using Exo.Grains.Shards;
using Exo.Grains.Wire;

namespace Exo.Grains.Generation;

/// <summary>
/// A deployment's shards as the scheduler sees them. A step is sent to the first shard and comes back from the last; whatever tells that a shard is
/// gone (a failed hand-over, the membership, a watchdog) ends all steps under way, and every later one, with a <see cref="ChainLostException"/>.
/// </summary>
internal sealed class GrainChain : IShardChain
{
    private readonly ILayerGrain[] _shards;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<long, PendingStep> _pending = new();
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ChainLostException? _loss;
    private long _lastStep;

    public GrainChain(IGrainFactory grains, Deployment deployment, TimeProvider time)
    {
        _time = time;
        KvBlockCount = deployment.KvBlockCount;
        _shards = [.. deployment.Shards.Select((_, index) => grains.GetGrain<ILayerGrain>(ShardKey.Of(deployment, index).ToString()))];
    }

    public int Depth => _shards.Length;

    public int KvBlockCount { get; }

    /// <summary>Why the chain is lost; null while it isn't.</summary>
    public ChainLostException? Loss
    {
        get
        {
            lock (_lock) return _loss;
        }
    }

    /// <summary>Ends when the chain is lost.</summary>
    public Task Lost => _lost.Task;

    public ValueTask<StepOutput> RunAsync(StepInput step, CancellationToken cancellationToken = default)
    {
        var number = Interlocked.Increment(ref _lastStep);
        var pending = new PendingStep(_time.GetTimestamp());
        lock (_lock)
        {
            if (_loss is not null) return ValueTask.FromException<StepOutput>(_loss);
            _pending[number] = pending;
        }

        if (cancellationToken.CanBeCanceled) pending.Registration = cancellationToken.UnsafeRegister(_ => Cancel(number), null);
        var sent = _shards[0].ForwardAsync(new StepFrame { Step = number, Head = StepWire.Write(step) });
        if (!sent.IsCompletedSuccessfully) _ = WatchAsync(sent);
        return new ValueTask<StepOutput>(pending.Completion.Task);
    }

    /// <summary>The last shard is through with a step.</summary>
    public void Complete(StepFrame output)
    {
        if (!_pending.TryRemove(output.Step, out var pending)) return;
        try
        {
            pending.Succeed(StepWire.ReadOutput(output.Head));
        }
        catch (InvalidDataException damaged)
        {
            pending.Fail(damaged);
        }
    }

    /// <summary>One step failed; the others go on.</summary>
    public void Fail(long step, string reason)
    {
        if (_pending.TryRemove(step, out var pending)) pending.Fail(new GenerationFailedException(reason));
    }

    /// <summary>A shard is gone. Losing again changes nothing.</summary>
    public void Lose(string reason, Exception? cause = null)
    {
        ChainLostException loss;
        lock (_lock)
        {
            if (_loss is not null) return;
            loss = _loss = cause is null ? new ChainLostException(reason) : new ChainLostException(reason, cause);
        }

        foreach (var number in _pending.Keys)
        {
            if (_pending.TryRemove(number, out var pending)) pending.Fail(loss);
        }

        _lost.SetResult();
    }

    /// <summary>How long the oldest step has been under way; zero where none is.</summary>
    public TimeSpan OldestStep()
    {
        var oldest = long.MaxValue;
        foreach (var (_, pending) in _pending) oldest = Math.Min(oldest, pending.Started);
        return oldest == long.MaxValue ? TimeSpan.Zero : _time.GetElapsedTime(oldest);
    }

    /// <summary>Asks every shard where it stands.</summary>
    /// <returns>Steps in the shards' queues.</returns>
    /// <exception cref="ShardLostException">One doesn't have its layers any more.</exception>
    /// <exception cref="Exception">One can't be reached.</exception>
    public async Task<int> ProbeAsync(CancellationToken cancellationToken)
    {
        var states = await Task.WhenAll(_shards.Select(shard => shard.GetStateAsync(cancellationToken))).WaitAsync(cancellationToken);
        var absent = Array.FindIndex(states, state => state.Phase != ShardPhase.Ready);
        return absent < 0 ? states.Sum(state => state.QueuedSteps) : throw new ShardLostException($"Shard {absent} of {states.Length} is {states[absent].Phase} on its node.");
    }

    private void Cancel(long step)
    {
        foreach (var shard in _shards) _ = IgnoreAsync(shard.CancelAsync(step));
    }

    private async Task WatchAsync(ValueTask sent)
    {
        try
        {
            await sent;
        }
        catch (Exception failure)
        {
            Lose($"The first shard can't be reached: {failure.Message}", failure);
        }
    }

    /// <summary>A shard that can't be told to stop is gone, and that is noticed elsewhere.</summary>
    private static async Task IgnoreAsync(Task told) => await told.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>A step under way.</summary>
    private sealed class PendingStep(long started)
    {
        public long Started { get; } = started;

        /// <summary>Continues inline: the scheduler is only woken there.</summary>
        public TaskCompletionSource<StepOutput> Completion { get; } = new();

        public CancellationTokenRegistration Registration { get; set; }

        public void Succeed(StepOutput output)
        {
            Registration.Unregister();
            Completion.TrySetResult(output);
        }

        public void Fail(Exception failure)
        {
            Registration.Unregister();
            Completion.TrySetException(failure);
        }
    }
}
