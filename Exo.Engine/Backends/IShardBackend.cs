using Exo.Engine.Models;
using Exo.Engine.Weights;

namespace Exo.Engine.Backends;

/// <summary>Loads ranges of layers onto one kind of device.</summary>
public interface IShardBackend
{
    /// <summary>"cpu", "cuda:0", …</summary>
    string Device { get; }

    /// <summary>Whether a matrix of weights is copied into another form, which takes its place in memory: when it is loaded, or a part in each of the first steps.</summary>
    bool Packs(Tensor tensor) => false;

    /// <summary>Whether that is when it is loaded, so that its stored bytes are not read again: reading them ahead or keeping them would be for nothing.</summary>
    bool PacksAtOnce(Tensor tensor) => Packs(tensor);

    /// <summary>Bytes of weights in memory once they are loaded, and that a token reads of them: in the backend's own form, or as they are stored.</summary>
    long LoadedByteCount(Tensor tensor) => tensor.ByteCount;

    /// <summary>
    /// Makes a range of layers ready to run. The weights' source must outlive the shard. Of a tensor that <see cref="Tensor.IsMade"/> nothing is in memory: its rows are copied
    /// into the backend's form, a few at a time.
    /// </summary>
    /// <exception cref="InvalidModelException">A tensor's format is not one this backend runs, or it holds something that can't be quantized.</exception>
    /// <exception cref="OperationCanceledException">The load was cancelled; nothing of it is left in memory.</exception>
    IShard Load(DecoderSpec spec, LayerRange layers, ShardWeights weights, ShardOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default);
}
