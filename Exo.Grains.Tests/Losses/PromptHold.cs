using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Models;

namespace Exo.Grains.Tests.Losses;

/// <summary>A processor that, once told, stands still in the second step of a prompt until that step is given up: with its node, or because its chain is lost.</summary>
internal sealed class PromptHold : IShardBackend
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CpuBackend _processor = new();
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isTold;
    private int _promptSteps;

    public string Device => _processor.Device;

    /// <summary>Holds the next prompt that has two steps or more.</summary>
    /// <returns>Ends when its second step stands still here.</returns>
    public Task HoldAsync()
    {
        _isTold = true;
        return _reached.Task;
    }

    public IShard Load(DecoderSpec spec, LayerRange layers, ShardWeights weights, ShardOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default) =>
        new Shard(this, _processor.Load(spec, layers, weights, options, progress, cancellationToken));

    bool IShardBackend.Packs(Exo.Engine.Weights.Tensor tensor) => _processor.Packs(tensor);

    bool IShardBackend.PacksAtOnce(Exo.Engine.Weights.Tensor tensor) => _processor.PacksAtOnce(tensor);

    long IShardBackend.LoadedByteCount(Exo.Engine.Weights.Tensor tensor) => _processor.LoadedByteCount(tensor);

    private void Pass(StepInput step, CancellationToken cancellationToken)
    {
        if (!_isTold || step.TokenIds.Length == 1 || Interlocked.Increment(ref _promptSteps) != 2) return;
        _reached.SetResult();
        cancellationToken.WaitHandle.WaitOne(Patience);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private sealed class Shard(PromptHold hold, IShard inner) : IShard
    {
        public DecoderSpec Spec => inner.Spec;

        public LayerRange Layers => inner.Layers;

        public int KvBlockCount => inner.KvBlockCount;

        public long KvBlockByteCount => inner.KvBlockByteCount;

        public long PendingByteCount => inner.PendingByteCount;

        public long KvTouchedByteCount => inner.KvTouchedByteCount;

        public StepOutput Forward(StepInput step, CancellationToken cancellationToken = default)
        {
            hold.Pass(step, cancellationToken);
            return inner.Forward(step, cancellationToken);
        }

        public void Dispose() => inner.Dispose();
    }
}
