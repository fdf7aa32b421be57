using Exo.Engine.Backends;
using Exo.Engine.Generation;

namespace Exo.Engine.Scheduling;

/// <summary>
/// One request on its way: everything that must outlive a machine is here (tokens and seed), the KV blocks can be lost and computed
/// anew. The scheduler's thread alone touches it, but for what is said to be shared.
/// </summary>
internal sealed class Sequence
{
    /// <summary>Tokens beyond the prompt that there is room for at first: few answers are longer, and then room is doubled.</summary>
    private const int FirstRoom = 4096;

    private readonly SequenceText _text;
    private readonly List<IReadOnlyList<TokenLogprob>>? _promptLogprobs;
    private readonly long _submitted;
    private int[] _tokens;
    private bool _promptReported;
    private SequenceText.Piece _ending = new("", 0, false);
    private SequenceSlice? _slice;
    private SampleRequest? _sample;
    private volatile bool _cancelRequested;
    private long? _firstStep;
    private long? _firstToken;
    private long _lastToken;

    /// <param name="id">Later sequences have greater ones.</param>
    /// <param name="request">Checked already.</param>
    /// <param name="tokenLimit">The most tokens, prompt and answer together.</param>
    /// <param name="text">Turns the answer's tokens into text.</param>
    /// <param name="now">The time, as a timestamp.</param>
    public Sequence(long id, GenerationRequest request, int tokenLimit, ITextStream text, long now)
    {
        Id = id;
        Request = request;
        TokenLimit = tokenLimit;
        PromptLength = TokenCount = request.Prompt.Count;
        _tokens = new int[Math.Min(tokenLimit, (long)PromptLength + FirstRoom)];
        for (var i = 0; i < PromptLength; i++) _tokens[i] = request.Prompt[i];
        _text = new SequenceText(text, request.Stops);
        _promptLogprobs = request.PromptTopLogprobs > 0 ? new(PromptLength) : null;
        _submitted = now;
        // The last known token is picked again: what came before it did not end the answer, it alone might.
        for (var i = 0; i < request.Known.Count - 1 && TokenCount < tokenLimit - 1; i++) Recall(request.Known[i]);
    }

    public long Id { get; }

    public GenerationRequest Request { get; }

    public int PromptLength { get; }

    public int TokenLimit { get; }

    public int TokenCount { get; private set; }

    /// <summary>Positions whose keys and values are in the KV blocks.</summary>
    public int Computed { get; set; }

    /// <summary>The KV blocks held; null while waiting.</summary>
    public BlockTable? Table { get; set; }

    /// <summary>Is part of a step on its way.</summary>
    public bool InFlight { get; set; }

    /// <summary>Was part of a step that failed: its next step has no other sequence in it, so that the one at fault shows.</summary>
    public bool Alone { get; set; }

    /// <summary>Tokens of the prompt that the cache had, what the sequence itself put there aside.</summary>
    public int CachedTokens { get; set; }

    /// <summary>Lost its blocks once: what the cache has of it by now may be its own.</summary>
    public bool Replays { get; set; }

    public bool HasEnded { get; private set; }

    /// <summary>Only the last token is to be computed.</summary>
    public bool IsDecoding => Computed == TokenCount - 1 && TokenCount > PromptLength;

    /// <summary>Shared: any thread may read.</summary>
    public SequenceEvents Events { get; } = new();

    /// <summary>Shared: set by any thread.</summary>
    public bool CancelRequested
    {
        get => _cancelRequested;
        set => _cancelRequested = value;
    }

    /// <summary>All tokens so far.</summary>
    public ReadOnlyMemory<int> Tokens => _tokens.AsMemory(0, TokenCount);

    /// <summary>Describes the next tokens to compute as part of a step: one object, filled in anew each time.</summary>
    public SequenceSlice Slice(int count, long now)
    {
        _firstStep ??= now;
        var end = Computed + count;
        var asksPrompt = _promptLogprobs is { } known && known.Count < PromptLength && end > known.Count;
        var slice = _slice ??= new SequenceSlice { SequenceId = Id, StartPosition = 0, TokenCount = 0, Blocks = default };
        slice.StartPosition = Computed;
        slice.TokenCount = count;
        slice.Blocks = Table!.Blocks;
        slice.Sample = end == TokenCount && TokenCount < TokenLimit ? SampleNext() : null;
        slice.PromptTopLogprobs = asksPrompt ? Request.PromptTopLogprobs : 0;
        slice.PromptNext = asksPrompt && Request.PromptOwnLogprobs ? _tokens.AsMemory((Computed + 1)..Math.Min(end + 1, PromptLength)) : default;
        return slice;
    }

    /// <summary>Is part of no step any more; a chain that was let go of may still be reading the slice it was given.</summary>
    public void LetGoOfSlice()
    {
        InFlight = false;
        (_slice, _sample) = (null, null);
    }

    /// <summary>Takes in what a step made of a slice.</summary>
    /// <returns>The sequence has come to its end; <see cref="Finish"/> is due.</returns>
    public bool Advance(SequenceSlice slice, SliceOutput output, IReadOnlySet<int> endTokenIds, long now, out FinishReason reason)
    {
        reason = FinishReason.Length;
        KeepPromptLogprobs(slice, output.PromptLogprobs);
        Computed += slice.TokenCount;
        if (slice.Sample is null) return Computed == TokenCount;

        var choice = output.Choice ?? throw new GenerationFailedException($"The last shard returned no token for position {TokenCount}.");
        Append(choice.TokenId, now);
        if (EndsAnswer(choice.TokenId, endTokenIds))
        {
            _ending = _text.End(choice);
            reason = FinishReason.Stop;
            return true;
        }

        var piece = _text.Append(choice);
        if (piece.Stopped || TokenCount == TokenLimit)
        {
            var rest = piece.Stopped ? _ending : _text.End(null);
            _ending = new(piece.Text + rest.Text, piece.TokenCount + rest.TokenCount, piece.Stopped || rest.Stopped);
            reason = _ending.Stopped ? FinishReason.Stop : FinishReason.Length;
            return true;
        }

        if (piece.Text.Length > 0 || piece.TokenCount > 0 || ReportsPrompt) Write(piece, null, null);
        return false;
    }

    /// <summary>Writes the last event. Whoever reads it may rely on the KV blocks having been given back.</summary>
    public void Finish(FinishReason reason, TimeProvider time)
    {
        HasEnded = true;
        var piece = reason == FinishReason.Cancelled ? _text.End(null) : _ending;
        var now = time.GetTimestamp();
        var usage = new GenerationUsage
        {
            PromptTokens = PromptLength,
            CachedTokens = CachedTokens,
            CompletionTokens = TokenCount - PromptLength,
            QueueTime = time.GetElapsedTime(_submitted, _firstStep ?? now),
            PrefillTime = _firstStep is { } start ? time.GetElapsedTime(start, _firstToken ?? now) : TimeSpan.Zero,
            DecodeTime = _firstToken is { } first ? time.GetElapsedTime(first, _lastToken) : TimeSpan.Zero,
        };
        Write(piece, reason, usage);
        Events.Complete();
    }

    /// <summary>Ends the events with an error. The KV blocks have been given back.</summary>
    public void Fail(Exception error)
    {
        HasEnded = true;
        Events.Complete(error);
    }

    /// <summary>The next event carries the prompt's log-probabilities.</summary>
    private bool ReportsPrompt => !_promptReported && _promptLogprobs?.Count == PromptLength;

    private SampleRequest SampleNext()
    {
        var options = Request.Sampling;
        var history = options.HasPenalty ? Tokens : default;
        if (options.PenaltyWindow >= 0 && history.Length > options.PenaltyWindow) history = history[^options.PenaltyWindow..];
        var sample = _sample ??= new SampleRequest { Options = options, Position = 0, TopLogprobs = Request.TopLogprobs };
        sample.Position = TokenCount;
        sample.History = history;
        return sample;
    }

    private bool EndsAnswer(int tokenId, IReadOnlySet<int> endTokenIds)
    {
        if (!Request.IgnoreEos && endTokenIds.Contains(tokenId)) return true;
        for (var i = 0; i < Request.StopTokenIds.Count; i++)
        {
            if (Request.StopTokenIds[i] == tokenId) return true;
        }

        return false;
    }

    private void Append(int tokenId, long now)
    {
        _firstToken ??= now;
        _lastToken = now;
        Append(tokenId);
    }

    private void Append(int tokenId)
    {
        if (TokenCount == _tokens.Length) Array.Resize(ref _tokens, Math.Min(TokenLimit, TokenCount * 2));
        _tokens[TokenCount++] = tokenId;
    }

    /// <summary>Takes in a token of the answer that an earlier run picked.</summary>
    private void Recall(int tokenId)
    {
        Append(tokenId);
        var piece = _text.Append(new TokenChoice(tokenId, 0, []));
        if (piece.Text.Length > 0 || piece.TokenCount > 0) Write(piece, null, null);
    }

    /// <summary>A replayed prompt gives again what is known already; only what is new is kept.</summary>
    private void KeepPromptLogprobs(SequenceSlice slice, IReadOnlyList<IReadOnlyList<TokenLogprob>> logprobs)
    {
        if (_promptLogprobs is null || slice.PromptTopLogprobs == 0) return;
        var first = _promptLogprobs.Count - slice.StartPosition;
        var end = Math.Min(slice.TokenCount, PromptLength - slice.StartPosition);
        if (logprobs.Count < end) throw new GenerationFailedException($"The last shard returned log-probabilities of {logprobs.Count} positions, {slice.TokenCount} were asked for.");
        for (var i = first; i < end; i++) _promptLogprobs.Add(logprobs[i]);
    }

    private void Write(SequenceText.Piece piece, FinishReason? reason, GenerationUsage? usage)
    {
        var prompt = ReportsPrompt ? _promptLogprobs : null;
        _promptReported |= prompt is not null;
        for (var i = 0; i < piece.TokenCount; i++) Events.Write(_text.Take());
        Events.Write(new SequenceEvents.Ending(piece.Text, prompt, reason, usage));
    }
}
