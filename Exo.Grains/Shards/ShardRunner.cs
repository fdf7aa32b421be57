using Exo.Engine.Backends;
using Exo.Engine.Backends.Wire;
using Exo.Engine.Scheduling;
using Exo.Grains.Wire;

namespace Exo.Grains.Shards;

/// <summary>
/// A shard and the thread that computes its steps, one at a time in the order they came. It knows neither grains nor other shards: what came of a
/// step goes to <see cref="IStepRoute"/>.
/// </summary>
internal sealed class ShardRunner : IDisposable
{
    private readonly IShard _shard;
    private readonly IStepRoute _route;
    private readonly Queue<StepFrame> _waiting = new();
    private readonly Doorbell _bell = new();
    private readonly StepMarks _seen = new();
    private readonly StepMarks _cancelled = new();
    private readonly bool _isLast;
    private readonly Thread _thread;
    private CancellationTokenSource _running = new();
    private long _runningStep = -1;
    private bool _stopped;

    /// <param name="shard">Its owner disposes of it, after the runner.</param>
    /// <param name="route">Where results go. Called on the shard's thread: it must not wait.</param>
    public ShardRunner(IShard shard, IStepRoute route)
    {
        (_shard, _route) = (shard, route);
        _isLast = shard.Layers.IsLast(shard.Spec);
        _thread = new Thread(Work) { IsBackground = true, Name = $"exo shard {shard.Layers.Start}-{shard.Layers.End}" };
        _thread.Start();
    }

    /// <summary>Steps in the queue, the running one included.</summary>
    public int QueuedSteps
    {
        get
        {
            lock (_waiting) return _waiting.Count + (_runningStep >= 0 ? 1 : 0);
        }
    }

    /// <summary>Queues a step. One already seen does nothing.</summary>
    /// <exception cref="ShardLostException">The shard was unloaded.</exception>
    public void Enqueue(StepFrame step)
    {
        lock (_waiting)
        {
            if (_stopped) throw new ShardLostException("The shard was unloaded.");
            if (!_seen.Add(step.Step)) return;
            _waiting.Enqueue(step);
        }

        _bell.Ring();
    }

    /// <summary>Nobody wants the step any more: it fails as soon as it is here, or between two layers where it runs. One that has passed is left alone.</summary>
    public void Cancel(long step)
    {
        lock (_waiting)
        {
            _cancelled.Add(step);
            if (_runningStep == step) _running.Cancel();
        }
    }

    /// <summary>Returns when the shard has come to rest. Steps that waited are dropped: their chain is gone.</summary>
    public void Dispose()
    {
        lock (_waiting)
        {
            if (_stopped) return;
            _stopped = true;
            _waiting.Clear();
            _running.Cancel();
        }

        _bell.Ring();
        _thread.Join();
        _running.Dispose();
    }

    private void Work()
    {
        while (Dequeue() is { } frame)
        {
            StepOutput output;
            try
            {
                output = _shard.Forward(StepWire.Read(frame.Head, frame.Hidden), _running.Token);
            }
            catch (Exception failure)
            {
                // Whatever it was concerns this step alone: the driver fails its sequences one by one, and goes on.
                if (End()) _route.Fail(frame.Step, failure is OperationCanceledException ? "The step was cancelled." : failure.Message);
                continue;
            }

            if (!End()) continue;
            if (_isLast) _route.Complete(new StepFrame { Step = frame.Step, Head = StepWire.Write(output) });
            else _route.Forward(new StepFrame { Step = frame.Step, Head = frame.Head, Hidden = output.Hidden });
        }
    }

    /// <summary>False: the shard was unloaded meanwhile, and nobody is there to be told.</summary>
    private bool End()
    {
        lock (_waiting)
        {
            _runningStep = -1;
            return !_stopped;
        }
    }

    /// <summary>The next step, waited for; null when the shard was unloaded.</summary>
    private StepFrame? Dequeue()
    {
        while (true)
        {
            StepFrame? frame;
            var isCancelled = false;
            lock (_waiting)
            {
                if (_stopped) return null;
                if (_waiting.TryDequeue(out frame)) isCancelled = !Begin(frame.Step);
            }

            if (frame is null) _bell.Wait();
            else if (isCancelled) _route.Fail(frame.Step, "The step was cancelled.");
            else return frame;
        }
    }

    /// <summary>False: nobody wants the step any more.</summary>
    private bool Begin(long step)
    {
        if (_cancelled.Contains(step)) return false;
        if (_running.IsCancellationRequested)
        {
            _running.Dispose();
            _running = new CancellationTokenSource();
        }

        _runningStep = step;
        return true;
    }
}
