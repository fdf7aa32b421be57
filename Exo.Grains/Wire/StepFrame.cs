namespace Exo.Grains.Wire;

/// <summary>A step on its way along the chain, or what came of it. Whoever was sent one owns its memory and may keep it.</summary>
/// <remarks>Written and read by <see cref="StepFrameCodec"/>: one length and one span for each part, whatever is in it.</remarks>
public sealed class StepFrame
{
    /// <summary>The step's number; a chain's numbers rise by one.</summary>
    public required long Step { get; init; }

    /// <summary>Slices and token ids, or the outputs, as <see cref="Engine.Backends.Wire.StepWire"/> writes them.</summary>
    public required byte[] Head { get; init; }

    /// <summary>[tokens, hiddenSize]; empty before the first shard and after the last.</summary>
    public ReadOnlyMemory<float> Hidden { get; init; }
}
