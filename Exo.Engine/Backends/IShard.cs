using Exo.Engine.Models;

namespace Exo.Engine.Backends;

/// <summary>
/// A contiguous range of layers on one device. It knows weights and KV blocks, but no sequences: which block holds which
/// positions comes with every step, so running a step twice writes the same bits twice and nothing needs to be released.
/// One step at a time; not thread-safe.
/// </summary>
public interface IShard : IDisposable
{
    DecoderSpec Spec { get; }

    LayerRange Layers { get; }

    /// <summary>Blocks the KV cache holds.</summary>
    int KvBlockCount { get; }

    /// <summary>Bytes of one KV block over all of this range's layers.</summary>
    long KvBlockByteCount { get; }

    /// <summary>Bytes of the KV cache that have been written so far: before that a block takes no memory.</summary>
    long KvTouchedByteCount => KvBlockByteCount * KvBlockCount;

    /// <summary>Bytes of memory that weights are yet to take, in exchange for stored ones: until it is 0 each step also makes a part of them ready, and the next ones faster.</summary>
    long PendingByteCount => 0;

    /// <summary>
    /// Runs one step through the range: the first shard embeds the token ids, the others take hidden states; the last one
    /// norms, projects and samples what each slice asks for, the others return hidden states.
    /// </summary>
    /// <exception cref="ArgumentException">The step's shapes, positions or block numbers don't fit.</exception>
    StepOutput Forward(StepInput step, CancellationToken cancellationToken = default);
}
