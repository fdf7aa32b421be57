using Exo.Engine.Models;
using Exo.Engine.Tokenization;
using Exo.Engine.Weights;

namespace Exo.Engine.Quantization;

/// <summary>
/// A model whose matrices are quantized as they are loaded: smaller in memory and faster to decode than the file it comes from. Everything else is
/// the model's own.
/// </summary>
public sealed class QuantizedModel : ModelFiles
{
    private readonly ModelFiles _inner;
    private readonly DType _type;

    private QuantizedModel(ModelFiles inner, DType type) => (_inner, _type) = (inner, type);

    public override string Path => _inner.Path;

    public override string Format => _inner.Format;

    public override DecoderSpec Spec => _inner.Spec;

    public override bool HasTokenizer => _inner.HasTokenizer;

    public override Tokenizer Tokenizer => _inner.Tokenizer;

    public override string? ChatTemplateSource => _inner.ChatTemplateSource;

    public override SpecialTokenTexts SpecialTokens => _inner.SpecialTokens;

    public override GenerationDefaults Generation => _inner.Generation;

    /// <param name="files">A model of floating-point weights; what is quantized in it already stays as it is.</param>
    /// <param name="type">A block format of <see cref="ModelQuantizer.Types"/>.</param>
    /// <exception cref="ArgumentException">The format is no such one.</exception>
    public static QuantizedModel Of(ModelFiles files, DType type) => type.BlockSize() > 1 && ModelQuantizer.Types.Contains(type)
        ? new QuantizedModel(files, type)
        : throw new ArgumentException($"weights cannot be quantized to {type} while they load", nameof(type));

    /// <summary>The weights; each matrix takes its time when it is first looked up.</summary>
    public override IWeightSource OpenWeights() => new QuantizingSource(_inner.OpenWeights(), _type, IsRouter);

    public override ShardWeights LoadShard(IWeightSource weights, LayerRange layers) => _inner.LoadShard(weights, layers);

    /// <summary>What lies on disk: nothing is quantized to be described.</summary>
    public override ModelDescription Describe() => _inner.Describe();

    /// <summary>Routers are small, and a wrong pick costs a whole expert.</summary>
    private static bool IsRouter(string name) => name.EndsWith("mlp.gate.weight", StringComparison.Ordinal) || name.EndsWith("ffn_gate_inp.weight", StringComparison.Ordinal);
}
