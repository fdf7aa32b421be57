using Exo.Engine.Backends;
using Exo.Engine.Generation;
using Exo.Engine.Models;

namespace Exo.Grains.Benchmarks.Nodes;

/// <summary>A device whose layers compute nothing: what a token still takes then is the way.</summary>
internal sealed class IdleBackend : IShardBackend
{
    public const string Name = "idle";

    public string Device => Name;

    public IShard Load(DecoderSpec spec, LayerRange layers, ShardWeights weights, ShardOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default) =>
        new IdleShard(spec, layers, options.KvBlockCount);

    private sealed class IdleShard(DecoderSpec spec, LayerRange layers, int kvBlockCount) : IShard
    {
        public DecoderSpec Spec => spec;

        public LayerRange Layers => layers;

        public int KvBlockCount => kvBlockCount;

        public long KvBlockByteCount => 0;

        public StepOutput Forward(StepInput step, CancellationToken cancellationToken = default) => layers.IsLast(spec)
            ? new StepOutput { Slices = [.. step.Slices.Select(slice => new SliceOutput { SequenceId = slice.SequenceId, Choice = new TokenChoice(slice.StartPosition % 100 + 1, -1, []) })] }
            : new StepOutput { Hidden = new float[step.TokenIds.Length * spec.HiddenSize] };

        public void Dispose()
        {
        }
    }
}
