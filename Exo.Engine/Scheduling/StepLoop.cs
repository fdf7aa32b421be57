using System.Collections.Frozen;
using Exo.Engine.Backends;
using Exo.Engine.Generation;

namespace Exo.Engine.Scheduling;

/// <summary>
/// The scheduler's work, one turn at a time on one thread: takes in the steps that are through, ends who is done, brings a lost chain
/// back, and sends as many steps off as the chain is deep. It waits for nothing; whoever drives it is woken when a turn is due.
/// </summary>
internal sealed class StepLoop(SchedulerOptions options, Func<ChainLostException, CancellationToken, Task<IShardChain>>? recover, TimeProvider time, Action wake)
{
    private readonly FrozenSet<int> _endTokenIds = options.EndTokenIds.ToFrozenSet();
    private readonly Batcher _batcher = new(options);
    private readonly List<Step> _inFlight = [];
    private readonly Stack<Step> _idle = new();
    private readonly List<Sequence> _ending = [];
    private readonly CancellationTokenSource _stopping = new();
    private volatile int _contextLength;
    private IShardChain? _chain;
    private ChainLostException? _loss;
    private Task<IShardChain>? _recovery;
    private long _steps, _prefillTokens, _completionTokens, _ended, _failed, _replacements;

    /// <summary>The longest sequence that may begin, on the chain there is or was last. May be asked on any thread.</summary>
    public int ContextLength => _contextLength;

    /// <summary>Puts the loop on a chain whose KV caches are empty; what ran on another is replayed from its tokens.</summary>
    public void Use(IShardChain chain)
    {
        if (_chain is not null || _loss is not null) _replacements++;
        LetGoOfSteps();
        _chain = chain;
        _loss = null;
        _recovery = null;
        _contextLength = (int)Math.Min(options.ContextLength, (long)chain.KvBlockCount * KvBlock.TokenCount);
        _batcher.Reset(chain.KvBlockCount);
        foreach (var sequence in _batcher.Waiting)
        {
            if (!Fits(sequence)) _ending.Add(sequence);
        }

        foreach (var sequence in _ending) Fail(sequence, DoesNotFit(sequence));
        _ending.Clear();
    }

    public void Add(Sequence sequence) => _batcher.Wait(sequence);

    /// <summary>Does whatever can be done now.</summary>
    /// <param name="cancelled">Somebody has cancelled since the last turn.</param>
    public void Turn(bool cancelled)
    {
        Land();
        if (cancelled) EndCancelled();
        if (_chain is null) BringBack();
        if (_chain is null) return;

        _batcher.Admit();
        while (_inFlight.Count < _chain.Depth)
        {
            var step = _idle.Count > 0 ? _idle.Pop() : new Step(wake);
            if (!_batcher.TryFill(step, _chain.Depth, time.GetTimestamp()))
            {
                _idle.Push(step);
                return;
            }

            _inFlight.Add(step);
            step.Start(_chain);
        }
    }

    /// <summary>Ends everything with an error; no turn may follow.</summary>
    public void Stop(Exception error)
    {
        _stopping.Cancel();
        LetGoOfSteps();
        FailAll(error);
        _chain = null;
    }

    /// <summary>May be asked on any thread; exact once the loop rests.</summary>
    public SchedulerSnapshot Snapshot()
    {
        var pool = _batcher.Pool;
        return new SchedulerSnapshot
        {
            WaitingSequences = _batcher.Waiting.Count,
            RunningSequences = _batcher.Running.Count,
            StepsInFlight = _inFlight.Count,
            Blocks = pool.Count,
            BlocksInUse = pool.InUse,
            BlocksCached = pool.Cached,
            Steps = Volatile.Read(ref _steps),
            PrefillTokens = Volatile.Read(ref _prefillTokens),
            CachedTokens = _batcher.CachedTokens,
            CompletionTokens = Volatile.Read(ref _completionTokens),
            EndedSequences = Volatile.Read(ref _ended),
            FailedSequences = Volatile.Read(ref _failed),
            Preemptions = _batcher.Preemptions,
            ChainReplacements = Volatile.Read(ref _replacements),
        };
    }

    private void Land()
    {
        for (var i = 0; i < _inFlight.Count; i++)
        {
            var step = _inFlight[i];
            if (!step.IsDone) continue;
            _inFlight.RemoveAt(i--);
            try
            {
                Land(step, step.TakeOutput());
            }
            catch (ChainLostException loss)
            {
                Lose(loss);
                return;
            }
            catch (Exception error)
            {
                LandFailed(step, error);
            }

            if (step.IsCancelled) continue;
            step.Clear();
            _idle.Push(step);
        }
    }

    private void Land(Step step, StepOutput output)
    {
        if (output.Slices.Count != step.Slices.Count)
            throw new GenerationFailedException($"The chain answered {output.Slices.Count} slices, {step.Slices.Count} were asked.");

        _steps++;
        var now = time.GetTimestamp();
        for (var i = 0; i < step.Slices.Count; i++)
        {
            var sequence = step.Sequences[i];
            sequence.InFlight = false;
            sequence.Alone = false;
            if (sequence.CancelRequested) Finish(sequence, FinishReason.Cancelled);
            else Land(sequence, step.Slices[i], output.Slices[i], now);
        }
    }

    private void Land(Sequence sequence, SequenceSlice slice, SliceOutput output, long now)
    {
        try
        {
            if (output.SequenceId != sequence.Id) throw new GenerationFailedException($"The chain answered sequence {output.SequenceId} in place of {sequence.Id}.");
            if (!sequence.IsDecoding) _prefillTokens += slice.TokenCount;
            if (slice.Sample is not null) _completionTokens++;
            var ends = sequence.Advance(slice, output, _endTokenIds, now, out var reason);
            _batcher.Learn(sequence);
            if (ends) Finish(sequence, reason);
            else if (!Fits(sequence)) Fail(sequence, DoesNotFit(sequence));
        }
        catch (Exception error)
        {
            Fail(sequence, Failed(sequence, error));
        }
    }

    /// <summary>The steps' sequences have lost nothing: each runs again by itself, and the one that fails alone is at fault.</summary>
    private void LandFailed(Step step, Exception error)
    {
        foreach (var sequence in step.Sequences)
        {
            if (sequence.HasEnded) continue;
            sequence.InFlight = false;
            if (sequence.CancelRequested) Finish(sequence, FinishReason.Cancelled);
            else if (step.Sequences.Count == 1) Fail(sequence, Failed(sequence, error));
            else sequence.Alone = true;
        }
    }

    private void EndCancelled()
    {
        foreach (var sequence in _batcher.Waiting)
        {
            if (sequence.CancelRequested) _ending.Add(sequence);
        }

        foreach (var sequence in _batcher.Running)
        {
            if (sequence.CancelRequested && !sequence.InFlight) _ending.Add(sequence);
        }

        foreach (var sequence in _ending) Finish(sequence, FinishReason.Cancelled);
        _ending.Clear();
        foreach (var step in _inFlight)
        {
            if (!step.IsCancelled && step.Sequences.All(sequence => sequence.CancelRequested)) step.Cancel();
        }
    }

    private void Lose(ChainLostException loss)
    {
        LetGoOfSteps();
        _batcher.Reset(0);
        _chain = null;
        _loss = loss;
    }

    private void BringBack()
    {
        if (_recovery is { IsCompleted: true } done)
        {
            _recovery = null;
            if (done.IsCompletedSuccessfully) Use(done.Result);
            else FailAll(new GenerationFailedException($"{_loss!.Message} It could not be brought back: {done.Exception?.GetBaseException().Message ?? "cancelled."}", done.Exception));
            return;
        }

        if (_recovery is not null || _batcher.Waiting.Count == 0 || _loss is not { } loss) return;
        if (recover is null)
        {
            FailAll(new GenerationFailedException(loss.Message, loss));
            return;
        }

        _recovery = Task.Run(() => recover(loss, _stopping.Token));
        _recovery.GetAwaiter().UnsafeOnCompleted(wake);
    }

    /// <summary>Whatever is on its way will be ignored; its sequences are about to start over.</summary>
    private void LetGoOfSteps()
    {
        foreach (var step in _inFlight) step.Abandon();
        _inFlight.Clear();
    }

    private void Finish(Sequence sequence, FinishReason reason)
    {
        _batcher.Remove(sequence);
        _ended++;
        sequence.Finish(reason, time);
    }

    private void Fail(Sequence sequence, Exception error)
    {
        _batcher.Remove(sequence);
        _ended++;
        _failed++;
        sequence.Fail(error);
    }

    private void FailAll(Exception error)
    {
        _ending.AddRange(_batcher.Waiting);
        _ending.AddRange(_batcher.Running);
        foreach (var sequence in _ending) Fail(sequence, error);
        _ending.Clear();
    }

    private bool Fits(Sequence sequence) => KvBlock.CountFor(sequence.TokenCount) <= _batcher.Pool.Count;

    private GenerationFailedException DoesNotFit(Sequence sequence) =>
        new($"The sequence has {sequence.TokenCount} tokens; since the model was placed anew its KV cache holds {(long)_batcher.Pool.Count * KvBlock.TokenCount}.");

    private static GenerationFailedException Failed(Sequence sequence, Exception error) =>
        new($"Generating failed at position {sequence.TokenCount}: {error.Message}", error);
}
