using Exo.Engine.Backends;
using Exo.Engine.Generation;
using Exo.Engine.Scheduling;

namespace Exo.Tests.Engine.Scheduling;

/// <summary>Runs each step at once on the caller's thread, and may do something before or after it: the scheduler's moments, one by one.</summary>
internal sealed class DirectChain(IReadOnlyList<IShard> shards) : IShardChain
{
    public int Depth => shards.Count;

    public int KvBlockCount => shards.Min(shard => shard.KvBlockCount);

    /// <summary>Called with the step's number, from 0, before it runs.</summary>
    public Action<int, StepInput>? Before { get; init; }

    /// <summary>Called when it has run, before the answer goes back.</summary>
    public Action<int>? After { get; init; }

    public int StepCount { get; private set; }

    public ValueTask<StepOutput> RunAsync(StepInput step, CancellationToken cancellationToken = default)
    {
        var number = StepCount++;
        Before?.Invoke(number, step);
        StepOutput? output = null;
        foreach (var shard in shards)
        {
            output = shard.Forward(step, cancellationToken);
            step = step with { Hidden = output.Hidden };
        }

        After?.Invoke(number);
        return ValueTask.FromResult(output!);
    }
}

/// <summary>Steps wait until the test lets them go, in any order it likes; a step runs when it is let go.</summary>
internal sealed class GatedChain(IReadOnlyList<IShard> shards, int depth) : IShardChain
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _arrived = new(0);
    private readonly Queue<Waiting> _queue = new();
    private bool _open;

    public int Depth => depth;

    public int KvBlockCount => shards.Min(shard => shard.KvBlockCount);

    public async ValueTask<StepOutput> RunAsync(StepInput step, CancellationToken cancellationToken = default)
    {
        // The scheduler fills the same list and the same slices for its next step: what is shown later is a copy.
        var seen = step with { Slices = [.. step.Slices.Select(slice => slice with { })], TokenIds = step.TokenIds.ToArray() };
        var waiting = new Waiting(seen, new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously), cancellationToken);
        lock (_queue)
        {
            if (_open) waiting.LetGo();
            else _queue.Enqueue(waiting);
        }

        if (!waiting.Gate.Task.IsCompleted) _arrived.Release();
        using var registration = cancellationToken.Register(() => waiting.Gate.TrySetException(new OperationCanceledException(cancellationToken)));
        if (await waiting.Gate.Task is { } failure) throw failure;
        StepOutput? output = null;
        lock (shards)
        {
            foreach (var shard in shards)
            {
                output = shard.Forward(step, CancellationToken.None);
                step = step with { Hidden = output.Hidden };
            }
        }

        return output!;
    }

    /// <summary>The next step the scheduler has sent.</summary>
    public async Task<Waiting> NextAsync()
    {
        Assert.True(await _arrived.WaitAsync(Patience), "the scheduler sent no further step");
        lock (_queue) return _queue.Dequeue();
    }

    /// <summary>Lets everything go from now on.</summary>
    public void Open()
    {
        lock (_queue)
        {
            _open = true;
            while (_queue.TryDequeue(out var waiting)) waiting.LetGo();
        }
    }

    /// <summary>No step has been sent that was not looked at yet.</summary>
    public bool IsEmpty => _arrived.CurrentCount == 0;

    public sealed record Waiting(StepInput Step, TaskCompletionSource<Exception?> Gate, CancellationToken CancellationToken)
    {
        public void LetGo() => Gate.TrySetResult(null);

        public void Fail(Exception error) => Gate.TrySetResult(error);
    }
}

/// <summary>Lives for so many steps, then is lost, with all it had been given; steps already on their way in it may still come through.</summary>
internal sealed class MortalChain(IShardChain inner, int lifetime) : IShardChain
{
    private int _steps;

    public int Depth => inner.Depth;

    public int KvBlockCount => inner.KvBlockCount;

    /// <summary>Whether the step it dies of is computed before its answer is lost.</summary>
    public bool DiesAnswering { get; init; }

    public async ValueTask<StepOutput> RunAsync(StepInput step, CancellationToken cancellationToken = default)
    {
        var number = Interlocked.Increment(ref _steps);
        if (number < lifetime) return await inner.RunAsync(step, cancellationToken);
        if (number == lifetime && DiesAnswering) await inner.RunAsync(step, cancellationToken);
        throw new ChainLostException($"The shard's machine went away in step {number}.");
    }
}

/// <summary>Runs no step before it is let go, so that several requests are under way together, however fast each of them is.</summary>
internal sealed class HeldChain(IShardChain inner) : IShardChain
{
    private readonly TaskCompletionSource _start = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Depth => inner.Depth;

    public int KvBlockCount => inner.KvBlockCount;

    /// <summary>Asks for all of them, then lets the steps go.</summary>
    public async Task<Answer[]> AnswersAsync(Scheduler scheduler, IReadOnlyCollection<GenerationRequest> requests)
    {
        var asked = requests.Select(request => scheduler.AnswerAsync(request)).ToList();
        _start.SetResult();
        return await Task.WhenAll(asked);
    }

    public async ValueTask<StepOutput> RunAsync(StepInput step, CancellationToken cancellationToken = default)
    {
        await _start.Task;
        return await inner.RunAsync(step, cancellationToken);
    }
}
