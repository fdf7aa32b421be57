using Exo.Engine.Backends;
using Exo.Engine.Models;
using Exo.Engine.Models.Gguf;
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
    /// <param name="type">A block format of <see cref="ModelQuantizer.Types"/>; <see cref="FormatChoice.InMemory"/> says what takes its place where rows don't fill its blocks.</param>
    /// <exception cref="ArgumentException">The format is no such one.</exception>
    public static QuantizedModel Of(ModelFiles files, DType type) => type.BlockSize() > 1 && ModelQuantizer.Types.Contains(type)
        ? new QuantizedModel(files, type)
        : throw new ArgumentException($"weights cannot be quantized to {type} while they load", nameof(type));

    /// <summary>The weights; each matrix takes its time when it is first looked up.</summary>
    public override IWeightSource OpenWeights() => new QuantizingSource(_inner.OpenWeights(), Choose);

    /// <summary>Bytes of all tensors once they are quantized.</summary>
    /// <exception cref="InvalidModelException">A file is not what it must be.</exception>
    public long ByteCount
    {
        get
        {
            using var stored = _inner.OpenWeights();
            return _inner.LoadShard(stored, LayerRange.All(Spec)).Tensors().Sum(tensor => QuantizingSource.FormatOf(tensor, Choose) is { } type ? type.ByteCount(tensor.Elements) : tensor.ByteCount);
        }
    }

    /// <summary>Quantizes the weights of a range before they are looked up.</summary>
    /// <param name="weights">What <see cref="OpenWeights"/> gave.</param>
    /// <param name="layers">The range.</param>
    /// <param name="progress">Told the share that is done, 0 to 1, rising.</param>
    /// <param name="cancellationToken">Ends it after the matrix in hand.</param>
    /// <returns>Matrices that were quantized.</returns>
    /// <exception cref="InvalidModelException">A tensor is missing, or holds something that is no number.</exception>
    public int Prepare(IWeightSource weights, LayerRange layers, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        using var stored = _inner.OpenWeights();
        return ((QuantizingSource)weights).Prepare([.. _inner.LoadShard(stored, layers).Tensors()], progress, cancellationToken);
    }

    /// <summary>Quantizes all weights before they are looked up.</summary>
    /// <exception cref="ArgumentException">There is nothing to be quantized.</exception>
    /// <inheritdoc cref="Prepare"/>
    internal void PrepareAll(IWeightSource weights, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        if (Prepare(weights, LayerRange.All(Spec), progress, cancellationToken) == 0) throw new ArgumentException(NothingToQuantize());
    }

    /// <summary>Bytes of a range's matrices that are quantized: they lie in memory of their own.</summary>
    public long OwnByteCount(LayerRange layers)
    {
        using var stored = _inner.OpenWeights();
        return _inner.LoadShard(stored, layers).Tensors().Sum(tensor => QuantizingSource.FormatOf(tensor, Choose) is { } type ? type.ByteCount(tensor.Elements) : 0);
    }

    /// <summary>Says that there is nothing to quantize in it.</summary>
    public string NothingToQuantize()
    {
        using var stored = _inner.OpenWeights();
        return $"{Path} holds {_inner.LoadShard(stored, LayerRange.All(Spec)).Tensors().MaxBy(tensor => tensor.ByteCount)!.Type} weights: there is nothing to quantize in it";
    }

    /// <summary>The weights as they lie on the disk.</summary>
    internal IWeightSource OpenStored() => _inner.OpenWeights();

    /// <summary>The format that a stored tensor has once it is loaded.</summary>
    internal DType TypeOf(Tensor stored) => QuantizingSource.FormatOf(stored, Choose) ?? stored.Type;

    public override ShardWeights LoadShard(IWeightSource weights, LayerRange layers) => _inner.LoadShard(weights, layers);

    /// <summary>What lies on disk: nothing is quantized to be described.</summary>
    public override ModelDescription Describe() => _inner.Describe();

    /// <summary>Gives back the memory of quantized matrices that a backend has copied into a form of its own. They must not be read again.</summary>
    /// <param name="weights">What was loaded from this model; the embedding is left alone, rows of it are looked up.</param>
    /// <param name="backend">Who has loaded it.</param>
    public static unsafe void LetGo(ShardWeights weights, IShardBackend backend)
    {
        foreach (var tensor in weights.Layers.SelectMany(layer => layer.Tensors()).Append(weights.Head).OfType<Tensor>())
            if (!tensor.IsMapped && !ReferenceEquals(tensor, weights.Embedding) && backend.Repacks(tensor)) PageAdvice.GiveBack(tensor.Data, tensor.ByteCount);
    }

    private DType? Choose(Tensor tensor) => IsRouter(tensor.Name) ? null : FormatChoice.InMemory(_type, tensor.Columns, IsHead(tensor.Name));

    private bool IsHead(string name) => _inner.Spec.TiedHead
        ? name.EndsWith("embed_tokens.weight", StringComparison.Ordinal) || name == GgufNames.Embedding
        : name.EndsWith("lm_head.weight", StringComparison.Ordinal) || name == GgufNames.Head;

    /// <summary>Routers are small, and a wrong pick costs a whole expert.</summary>
    private static bool IsRouter(string name) => name.EndsWith("mlp.gate.weight", StringComparison.Ordinal) || name.EndsWith("ffn_gate_inp.weight", StringComparison.Ordinal);
}
