using Exo.Engine.Backends;

namespace Exo.Engine.Scheduling;

/// <summary>
/// Decides who runs: admits waiting sequences while KV blocks last, puts steps together, takes blocks back from the youngest when they
/// run out. It knows no threads, no chain and no text; the same calls always decide the same.
/// </summary>
internal sealed class Batcher(SchedulerOptions options)
{
    private readonly List<Sequence> _waiting = []; // the oldest first
    private readonly List<Sequence> _running = []; // the one longest without a step first
    private readonly List<Sequence> _candidates = [];
    private BlockPool _pool = new(0, null);
    private PrefixCache? _cache;
    private (long Sequence, long Returns) _refused = (-1, -1); // who did not fit, and how often blocks had come back by then

    public IReadOnlyList<Sequence> Waiting => _waiting;

    public IReadOnlyList<Sequence> Running => _running;

    public BlockPool Pool => _pool;

    public long Preemptions { get; private set; }

    public long CachedTokens { get; private set; }

    /// <summary>Starts over on empty KV caches: who was running waits again, to be replayed from its tokens.</summary>
    public void Reset(int blockCount)
    {
        foreach (var sequence in _running)
        {
            Forget(sequence);
            Wait(sequence);
        }

        _running.Clear();
        _cache = options.PrefixCache ? new PrefixCache(blockCount) : null;
        _pool = new BlockPool(blockCount, _cache);
        _refused = (-1, -1);
    }

    /// <summary>Puts a sequence among the waiting ones, by its age.</summary>
    public void Wait(Sequence sequence)
    {
        var at = _waiting.Count;
        while (at > 0 && _waiting[at - 1].Id > sequence.Id) at--;
        _waiting.Insert(at, sequence);
    }

    /// <summary>Takes a sequence out, its blocks back; it must not be part of a step on its way.</summary>
    public void Remove(Sequence sequence)
    {
        if (sequence.Table is null)
        {
            _waiting.Remove(sequence);
            return;
        }

        sequence.Table.Release();
        Forget(sequence);
        _running.Remove(sequence);
    }

    /// <summary>Lets waiting sequences in, the oldest first, while there are blocks for all of their tokens and room for the others to grow.</summary>
    public void Admit()
    {
        while (_waiting.Count > 0 && _running.Count < options.MaxSequences)
        {
            var sequence = _waiting[0];
            if (_running.Count > 0 && _refused == (sequence.Id, _pool.Returns)) return;

            var table = new BlockTable(_pool, _cache, KvBlock.CountFor(sequence.TokenLimit));
            var cached = TakeCached(sequence, table);
            var missing = KvBlock.CountFor(sequence.TokenCount) - table.Count;
            if (_pool.Available < missing + _running.Count)
            {
                table.Release();
                _refused = (sequence.Id, _pool.Returns);
                return;
            }

            table.TryCover(sequence.TokenCount);
            sequence.Table = table;
            KeepCached(sequence, cached);
            _waiting.RemoveAt(0);
            _running.Add(sequence);
        }
    }

    /// <summary>Fills an empty step: decode tokens first, then pieces of prompts, the oldest sequence's first. False where there is nothing to run.</summary>
    /// <param name="depth">Steps that shall share the decoding sequences, so that as many shards compute at once.</param>
    public bool TryFill(Step step, int depth, long now)
    {
        _candidates.Clear();
        var decoding = 0;
        foreach (var sequence in _running)
        {
            if (sequence.IsDecoding) decoding++;
            if (!sequence.InFlight) _candidates.Add(sequence);
        }

        if (TryFillAlone(step, now)) return true;
        AddDecoding(step, Math.Min((decoding + depth - 1) / depth, options.StepTokensWhileDecoding), now);
        var limit = decoding > 0 ? options.StepTokensWhileDecoding : options.StepTokens;
        AddPrompts(step, Math.Max(limit, step.TokenCount + (limit + 3) / 4), now); // however many decode, prompts get on too
        for (var i = 0; i < step.Sequences.Count; i++)
        {
            _running.Remove(step.Sequences[i]);
            _running.Add(step.Sequences[i]);
        }

        return step.TokenCount > 0;
    }

    /// <summary>A step that is through has made these positions known.</summary>
    public void Learn(Sequence sequence) => sequence.Table!.Learn(sequence.Tokens.Span[..sequence.Computed]);

    private static void Forget(Sequence sequence)
    {
        sequence.Table = null;
        sequence.Computed = 0;
        sequence.LetGoOfSlice();
        sequence.Replays = true;
    }

    /// <summary>Where nothing is computed behind what the cache knows, more of the tokens may have become known since.</summary>
    private static int TakeCached(Sequence sequence, BlockTable table) =>
        sequence.Request.PromptTopLogprobs == 0 && sequence.Computed == table.KnownPositions ? table.TakeCached(sequence.Tokens.Span) : sequence.Computed;

    private void KeepCached(Sequence sequence, int positions)
    {
        if (!sequence.Replays)
        {
            sequence.CachedTokens += positions - sequence.Computed;
            CachedTokens += positions - sequence.Computed;
        }

        sequence.Computed = positions;
    }

    private bool TryFillAlone(Step step, long now)
    {
        foreach (var sequence in _candidates)
        {
            if (!sequence.Alone || sequence.Table is null || !TryCover(sequence)) continue;
            step.Add(sequence, Math.Min(sequence.TokenCount - sequence.Computed, options.StepTokensWhileDecoding), now);
            return true;
        }

        return false;
    }

    private void AddDecoding(Step step, int limit, long now)
    {
        foreach (var sequence in _candidates)
        {
            if (step.TokenCount >= limit) return;
            if (sequence.Alone || sequence.Table is null || !sequence.IsDecoding || !TryCover(sequence)) continue;
            step.Add(sequence, 1, now);
        }
    }

    private void AddPrompts(Step step, int limit, long now)
    {
        _candidates.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        foreach (var sequence in _candidates)
        {
            if (step.TokenCount >= limit) return;
            if (sequence.Alone || sequence.Table is null || sequence.InFlight || sequence.IsDecoding) continue;
            KeepCached(sequence, TakeCached(sequence, sequence.Table));
            step.Add(sequence, Math.Min(sequence.TokenCount - sequence.Computed, limit - step.TokenCount), now);
        }
    }

    /// <summary>
    /// Makes the sequence's blocks cover its tokens; where none are left, younger sequences lose theirs. False: it has to wait until a
    /// step is through or an older one ends.
    /// </summary>
    private bool TryCover(Sequence sequence)
    {
        while (!sequence.Table!.TryCover(sequence.TokenCount))
        {
            if (YoungestAfter(sequence) is not { } victim) return false;
            victim.Table!.Release();
            Forget(victim);
            _running.Remove(victim);
            Wait(victim);
            Preemptions++;
        }

        return true;
    }

    private Sequence? YoungestAfter(Sequence sequence)
    {
        var youngest = sequence;
        foreach (var other in _running)
        {
            if (!other.InFlight && other.Id > youngest.Id) youngest = other;
        }

        return youngest == sequence ? null : youngest;
    }
}
