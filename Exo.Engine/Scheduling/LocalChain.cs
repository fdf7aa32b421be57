using Exo.Engine.Backends;

namespace Exo.Engine.Scheduling;

/// <summary>
/// Shards in this process, each with a thread of its own, so that as many steps compute at once as there are shards. A link is a
/// queue: the hidden states are handed over as they are. The chain does not own its shards.
/// </summary>
public sealed class LocalChain : IShardChain, IDisposable
{
    private readonly Link[] _links;

    /// <param name="shards">In the order of their layers, which together are all of the model's.</param>
    /// <exception cref="ArgumentException">The ranges don't follow each other from the first layer to the last.</exception>
    public LocalChain(IReadOnlyList<IShard> shards)
    {
        CheckRanges(shards);
        KvBlockCount = shards.Min(shard => shard.KvBlockCount);
        _links = new Link[shards.Count];
        for (var i = shards.Count - 1; i >= 0; i--) _links[i] = new Link(shards[i], i + 1 < shards.Count ? _links[i + 1] : null);
    }

    public int Depth => _links.Length;

    public int KvBlockCount { get; }

    public ValueTask<StepOutput> RunAsync(StepInput step, CancellationToken cancellationToken = default)
    {
        var run = ChainRun.Rent(step, cancellationToken);
        var task = run.Task; // before the hand-over: afterwards it may be through, and used for another step
        _links[0].Enqueue(run);
        return task;
    }

    /// <summary>Lets each shard end the step it is at; steps still waiting fail. Returns when no shard is running.</summary>
    /// <exception cref="InvalidOperationException">Called on a shard's own thread, which would wait for itself.</exception>
    public void Dispose()
    {
        if (_links.Any(link => link.IsCurrentThread)) throw new InvalidOperationException("A chain cannot be disposed of from one of its shards' threads; continue elsewhere first.");
        foreach (var link in _links) link.Dispose();
    }

    private static void CheckRanges(IReadOnlyList<IShard> shards)
    {
        if (shards.Count == 0) throw new ArgumentException("A chain needs at least one shard.", nameof(shards));
        var next = 0;
        foreach (var shard in shards)
        {
            if (shard.Layers.Start != next)
                throw new ArgumentException($"A shard of layers {shard.Layers.Start} to {shard.Layers.End - 1} stands where layer {next} is due.", nameof(shards));
            next = shard.Layers.End;
        }

        if (!shards[^1].Layers.IsLast(shards[^1].Spec))
            throw new ArgumentException($"The last shard ends with layer {next - 1} of {shards[^1].Spec.Layers.Count}.", nameof(shards));
    }

    /// <summary>One shard, its thread and the steps that wait for it.</summary>
    private sealed class Link : IDisposable
    {
        private readonly IShard _shard;
        private readonly Link? _next;
        private readonly Queue<ChainRun> _waiting = new();
        private readonly Doorbell _bell = new();
        private readonly Thread _thread;
        private bool _stopped;

        public Link(IShard shard, Link? next)
        {
            _shard = shard;
            _next = next;
            _thread = new Thread(Work) { IsBackground = true, Name = $"exo shard {shard.Layers.Start}-{shard.Layers.End}" };
            _thread.Start();
        }

        public bool IsCurrentThread => Thread.CurrentThread == _thread;

        public void Enqueue(ChainRun run)
        {
            bool isStopped;
            lock (_waiting)
            {
                isStopped = _stopped;
                if (!isStopped) _waiting.Enqueue(run);
            }

            if (isStopped) run.Fail(Disposed());
            else _bell.Ring();
        }

        public void Dispose()
        {
            lock (_waiting) _stopped = true;
            _bell.Ring();
            _thread.Join();
            foreach (var run in _waiting) run.Fail(Disposed());
            _waiting.Clear();
        }

        private static ObjectDisposedException Disposed() => new(nameof(LocalChain), "The shards were unloaded.");

        private void Work()
        {
            while (Dequeue() is { } run)
            {
                try
                {
                    run.CancellationToken.ThrowIfCancellationRequested();
                    var output = _shard.Forward(run.Step, run.CancellationToken);
                    if (_next is null)
                    {
                        run.Succeed(output);
                        continue;
                    }

                    run.Step = run.Step with { Hidden = output.Hidden };
                }
                catch (Exception exception)
                {
                    run.Fail(exception);
                    continue;
                }

                _next.Enqueue(run);
            }
        }

        private ChainRun? Dequeue()
        {
            while (true)
            {
                lock (_waiting)
                {
                    if (_stopped) return null;
                    if (_waiting.TryDequeue(out var run)) return run;
                }

                _bell.Wait();
            }
        }
    }
}
