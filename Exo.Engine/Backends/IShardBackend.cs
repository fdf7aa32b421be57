using Exo.Engine.Models;

namespace Exo.Engine.Backends;

/// <summary>Loads ranges of layers onto one kind of device.</summary>
public interface IShardBackend
{
    /// <summary>"cpu", "cuda:0", …</summary>
    string Device { get; }

    /// <summary>Makes a range of layers ready to run. The weights' source must outlive the shard.</summary>
    /// <exception cref="InvalidModelException">A tensor's format is not one this backend runs.</exception>
    IShard Load(DecoderSpec spec, LayerRange layers, ShardWeights weights, ShardOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default);
}
