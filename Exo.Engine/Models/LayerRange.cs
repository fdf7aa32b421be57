namespace Exo.Engine.Models;

/// <summary>A contiguous range of a model's layers, <paramref name="End"/> excluded.</summary>
public readonly record struct LayerRange(int Start, int End)
{
    public int Count => End - Start;

    public static LayerRange All(DecoderSpec spec) => new(0, spec.Layers.Count);

    /// <summary>The range begins with the embedding.</summary>
    public bool IsFirst => Start == 0;

    /// <summary>The range ends with the final norm, the head and the sampling.</summary>
    public bool IsLast(DecoderSpec spec) => End == spec.Layers.Count;
}
