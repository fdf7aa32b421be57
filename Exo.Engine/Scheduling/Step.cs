using Exo.Engine.Backends;

namespace Exo.Engine.Scheduling;

/// <summary>One batch on its way through the chain, used over and over. Only its completion comes from another thread.</summary>
internal sealed class Step
{
    private const int Idle = 0, Running = 1, Done = 2, Abandoned = 3;

    private readonly Action _wake;
    private readonly Action _completed;
    private readonly List<Sequence> _sequences = [];
    private readonly List<SequenceSlice> _slices = [];
    private readonly CancellationTokenSource _cancellation = new();
    private readonly StepInput _input;
    private ValueTask<StepOutput> _output;
    private int[] _tokenIds = [];
    private int _state;

    /// <param name="wake">Called, on any thread and briefly, when the step is done.</param>
    public Step(Action wake)
    {
        _wake = wake;
        _completed = OnCompleted;
        _input = new StepInput { Slices = _slices, TokenIds = default, Spent = StepOutput.Reusable() };
    }

    public IReadOnlyList<Sequence> Sequences => _sequences;

    public IReadOnlyList<SequenceSlice> Slices => _slices;

    public int TokenCount { get; private set; }

    public bool IsDone => Volatile.Read(ref _state) == Done;

    /// <summary>Adds the next <paramref name="count"/> tokens of a sequence, whose blocks cover them.</summary>
    public void Add(Sequence sequence, int count, long now)
    {
        if (_tokenIds.Length < TokenCount + count) Array.Resize(ref _tokenIds, Math.Max(TokenCount + count, _tokenIds.Length * 2));
        sequence.Tokens.Span.Slice(sequence.Computed, count).CopyTo(_tokenIds.AsSpan(TokenCount));
        TokenCount += count;
        _sequences.Add(sequence);
        _slices.Add(sequence.Slice(count, now));
        sequence.InFlight = true;
    }

    public void Start(IShardChain chain)
    {
        _state = Running;
        try
        {
            _input.TokenIds = _tokenIds.AsMemory(0, TokenCount);
            _output = chain.RunAsync(_input, _cancellation.Token);
        }
        catch (Exception exception)
        {
            _output = ValueTask.FromException<StepOutput>(exception);
        }

        var awaiter = _output.GetAwaiter();
        if (awaiter.IsCompleted) OnCompleted();
        else awaiter.UnsafeOnCompleted(_completed);
    }

    /// <summary>What came of a step that is done. To be asked once.</summary>
    /// <exception cref="Exception">Whatever the chain threw.</exception>
    public StepOutput TakeOutput() => _output.GetAwaiter().GetResult();

    /// <summary>Empties a step whose output was taken.</summary>
    public void Clear()
    {
        _sequences.Clear();
        _slices.Clear();
        TokenCount = 0;
        _output = default;
        _state = Idle;
    }

    /// <summary>Asks the chain to stop where nobody wants the step any more. The step must not be started again.</summary>
    public void Cancel() => _cancellation.Cancel();

    public bool IsCancelled => _cancellation.IsCancellationRequested;

    /// <summary>Nobody will ask for the output, whenever and however it comes. The step must not be used again.</summary>
    public void Abandon()
    {
        _cancellation.Cancel();
        if (Interlocked.CompareExchange(ref _state, Abandoned, Running) == Done) Discard();
    }

    private void OnCompleted()
    {
        if (Interlocked.CompareExchange(ref _state, Done, Running) == Running) _wake();
        else Discard();
    }

    private void Discard()
    {
        try
        {
            TakeOutput();
        }
        catch (Exception)
        {
            // The chain is lost or replaced: nothing that its steps say matters, but a failure must have been looked at.
        }
    }
}
