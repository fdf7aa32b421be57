using Exo.Engine.Models;
using Exo.Engine.Placement;
using Exo.Engine.Quantization;
using Exo.Engine.Weights;

namespace Exo.Api.Local;

/// <summary>The contract's words for formats as the engine's.</summary>
internal static class Quantizations
{
    /// <summary>The model as it is, or one whose weights are quantized while they load.</summary>
    public static ModelFiles Apply(ModelFiles files, WeightQuantization? quantization) => quantization switch
    {
        WeightQuantization.Q8 => QuantizedModel.Of(files, DType.Q8_0),
        WeightQuantization.Q4 => QuantizedModel.Of(files, DType.Q4_K),
        _ => files,
    };

    /// <summary>What a model costs once it is loaded so.</summary>
    /// <exception cref="ExoException">There is nothing to quantize in it.</exception>
    public static ModelCost CostOf(ModelFiles stored, WeightQuantization? quantization)
    {
        var files = Apply(stored, quantization);
        if (files is QuantizedModel quantized && !HoldsPlain(quantized)) throw new ExoException(ExoErrorKind.BadRequest, quantized.NothingToQuantize());
        return ModelCost.Of(files);
    }

    /// <summary>Whether there is something in a model that such a format makes smaller.</summary>
    public static bool CanQuantize(ModelFiles stored, WeightQuantization quantization) => Apply(stored, quantization) is QuantizedModel quantized && HoldsPlain(quantized);

    private static bool HoldsPlain(QuantizedModel quantized) => quantized.QuantizedByteCount(LayerRange.All(quantized.Spec)) > 0;

    /// <exception cref="ExoException">There is no such format.</exception>
    public static DType TypeNamed(string name)
    {
        foreach (var type in ModelQuantizer.Types)
            if (string.Equals(type.ToString(), name, StringComparison.OrdinalIgnoreCase)) return type;
        throw new ExoException(ExoErrorKind.BadRequest, $"there is no format {name} to write. Choose from: {string.Join(", ", QuantizeRequest.Types)}");
    }
}
