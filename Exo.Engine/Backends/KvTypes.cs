using Exo.Engine.Models;
using Exo.Engine.Weights;

namespace Exo.Engine.Backends;

/// <summary>Which storage <see cref="KvType.Auto"/> stands for.</summary>
public static class KvTypes
{
    /// <summary>Up to here one position's keys and values over all layers are kept in F32: 8,192 positions are 256 MiB then.</summary>
    public const long FloatBytesPerPosition = 32 * 1024;

    /// <summary>
    /// F32 for a layer with F32 weights and for models whose cache is small, where exactness costs next to nothing; F16 otherwise. It looks at the
    /// whole model and the layer alone, so every split into shards decides alike.
    /// </summary>
    /// <param name="layerWeights">How the layer's key projection is stored.</param>
    public static KvType Resolve(KvType type, DecoderSpec spec, DType layerWeights)
    {
        if (type != KvType.Auto) return type;
        var bytesPerPosition = spec.Layers.Sum(layer => 2L * layer.Attention.KvHeads * layer.Attention.HeadSize * sizeof(float));
        return layerWeights == DType.F32 || bytesPerPosition <= FloatBytesPerPosition ? KvType.F32 : KvType.F16;
    }
}
