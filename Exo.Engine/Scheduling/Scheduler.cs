using System.Runtime.CompilerServices;
using Exo.Engine.Generation;
using Exo.Engine.Tokenization;

namespace Exo.Engine.Scheduling;

/// <summary>
/// Runs many requests through one chain of shards at once (continuous batching), on a thread of its own. What a sequence is, prompt,
/// tokens so far and seed, stays here: when the chain is lost, all sequences are replayed on the next one and go on with the same
/// tokens. Thread-safe.
/// </summary>
public sealed class Scheduler : IAsyncDisposable
{
    private readonly SchedulerOptions _options;
    private readonly Func<GenerationRequest, ITextStream> _text;
    private readonly TimeProvider _time;
    private readonly StepLoop _loop;
    private readonly Doorbell _wake = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly List<Sequence> _inbox = [];
    private IShardChain? _nextChain;
    private Exception? _stop;
    private long _lastId;
    private int _cancelled;

    /// <param name="chain">What runs the steps. The scheduler does not dispose of it.</param>
    /// <param name="options">The model's limits, and how it is shared out.</param>
    /// <param name="tokenizer">Turns tokens into text; without one answers have tokens only, and stop strings stop nothing.</param>
    /// <param name="recover">
    /// Finds another chain, its KV caches empty, when one is lost; called again for new requests where it failed. Without it the
    /// sequences of a lost chain fail.
    /// </param>
    /// <param name="time">For durations. Default: the system's.</param>
    public Scheduler(
        IShardChain chain,
        SchedulerOptions options,
        Tokenizer? tokenizer,
        Func<ChainLostException, CancellationToken, Task<IShardChain>>? recover = null,
        TimeProvider? time = null)
        : this(chain, options, request => TokenizerText.Of(tokenizer, request), recover, time)
    {
    }

    /// <summary>The same with any text stream: its maker gets the request.</summary>
    internal Scheduler(
        IShardChain chain,
        SchedulerOptions options,
        Func<GenerationRequest, ITextStream> text,
        Func<ChainLostException, CancellationToken, Task<IShardChain>>? recover = null,
        TimeProvider? time = null)
    {
        options.Validate();
        _options = options;
        _text = text;
        _time = time ?? TimeProvider.System;
        _loop = new StepLoop(options, recover, _time, _wake.Ring);
        _loop.Use(chain);
        new Thread(Run) { IsBackground = true, Name = "exo scheduler" }.Start();
    }

    /// <summary>The longest sequence in tokens, prompt and answer together, on the chain there is.</summary>
    public int ContextLength => _loop.ContextLength;

    /// <summary>
    /// Generates; the events come as they are made. Cancelling ends the stream within one step by a last event whose reason is
    /// <see cref="FinishReason.Cancelled"/>, and does not throw; leaving the loop early cancels too, and returns when the KV blocks
    /// are free.
    /// </summary>
    /// <exception cref="ArgumentException">The request cannot be served; thrown at once, before the events are asked for.</exception>
    /// <exception cref="GenerationFailedException">From the events: a step failed, or the chain was lost for good.</exception>
    public IAsyncEnumerable<GenerationEvent> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken = default)
    {
        var context = ContextLength;
        RequestCheck.Check(request, _options.VocabSize, context);
        return StreamAsync(request, (int)Math.Min(context, request.Prompt.Count + (long)(request.MaxTokens ?? context)), cancellationToken);
    }

    /// <summary>Goes over to another chain, its KV caches empty. Sequences are replayed there from their tokens; no stream notices but by the wait.</summary>
    public void ReplaceChain(IShardChain chain)
    {
        lock (_gate) _nextChain = chain;
        _wake.Ring();
    }

    /// <summary>Where the scheduler stands. When the last event of the last request has been read, nothing is in use.</summary>
    public SchedulerSnapshot Snapshot() => _loop.Snapshot();

    /// <summary>Ends all streams with an <see cref="ObjectDisposedException"/>. Steps on their way are cancelled, not awaited: disposing of the chain does that.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate) _stop ??= new ObjectDisposedException(nameof(Scheduler), "The model was unloaded.");
        _wake.Ring();
        await _ended.Task;
    }

    private async IAsyncEnumerable<GenerationEvent> StreamAsync(GenerationRequest request, int tokenLimit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // One that comes cancelled never sees a step: the loop looks at it when it takes it in.
        var sequence = new Sequence(Interlocked.Increment(ref _lastId), request, tokenLimit, _text(request), _time.GetTimestamp()) { CancelRequested = cancellationToken.IsCancellationRequested };
        Submit(sequence);
        using var registration = cancellationToken.UnsafeRegister(_ => Cancel(sequence), null);
        try
        {
            while (await sequence.Events.WaitToReadAsync())
            {
                while (sequence.Events.Read() is { } item) yield return item;
            }
        }
        finally
        {
            if (!sequence.Events.Completion.IsCompleted) await AbandonAsync(sequence);
        }
    }

    private void Submit(Sequence sequence)
    {
        lock (_gate)
        {
            if (_stop is { } reason) throw reason;
            _inbox.Add(sequence);
        }

        _wake.Ring();
    }

    private void Cancel(Sequence sequence)
    {
        sequence.CancelRequested = true;
        Interlocked.Exchange(ref _cancelled, 1);
        _wake.Ring();
    }

    private async Task AbandonAsync(Sequence sequence)
    {
        Cancel(sequence);
        try
        {
            while (await sequence.Events.WaitToReadAsync()) sequence.Events.Skip();
        }
        catch (Exception)
        {
            // The reader has left; nobody is there to be told.
        }
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                var cancelled = Interlocked.Exchange(ref _cancelled, 0) != 0; // first: who was cancelled before now is taken in below
                if (!TakeIn(ref cancelled)) break;
                _loop.Turn(cancelled);
                _wake.Wait();
            }
        }
        catch (Exception error)
        {
            lock (_gate) _stop = new GenerationFailedException($"The scheduler failed: {error.Message}", error);
        }

        lock (_gate)
        {
            foreach (var sequence in _inbox) _loop.Add(sequence);
            _inbox.Clear();
        }

        _loop.Stop(_stop!);
        _ended.SetResult();
    }

    /// <summary>Takes in what other threads have asked for. False: it is time to stop.</summary>
    /// <param name="cancelled">Set where what was taken in has been cancelled already.</param>
    private bool TakeIn(ref bool cancelled)
    {
        lock (_gate)
        {
            if (_stop is not null) return false;
            if (_nextChain is { } chain)
            {
                _nextChain = null;
                _loop.Use(chain);
            }

            foreach (var sequence in _inbox)
            {
                cancelled |= sequence.CancelRequested;
                _loop.Add(sequence);
            }

            _inbox.Clear();
            return true;
        }
    }
}
