using Exo.Engine.Tokenization;
using Exo.Engine.Weights;

namespace Exo.Engine.Models;

/// <summary>
/// A model as it lies on disk, whatever the format: what it computes, its weights, and how it wants to be talked to. Weights are
/// opened separately and are the caller's to close; everything else is read once and small.
/// </summary>
public abstract class ModelFiles
{
    /// <summary>The folder or file it was opened from.</summary>
    public abstract string Path { get; }

    /// <summary>How the weights are stored: "safetensors" or "gguf".</summary>
    public abstract string Format { get; }

    /// <summary>What the model computes.</summary>
    public abstract DecoderSpec Spec { get; }

    /// <summary>The model brings a tokenizer.</summary>
    public abstract bool HasTokenizer { get; }

    /// <summary>The tokenizer, read at the first call; that takes a while for large vocabularies and may be done on any thread.</summary>
    /// <exception cref="InvalidModelException">Its file is missing or not what it must be.</exception>
    public abstract Tokenizer Tokenizer { get; }

    /// <summary>The Jinja source that turns messages into a prompt, or null where the model has none.</summary>
    public abstract string? ChatTemplateSource { get; }

    /// <summary>The texts of the special tokens a template may ask for.</summary>
    public abstract SpecialTokenTexts SpecialTokens { get; }

    /// <summary>How the model's makers would sample from it, and the tokens that end an answer. Reads the tokenizer, where there is one.</summary>
    /// <exception cref="InvalidModelException">The tokenizer's file is not what it must be.</exception>
    public abstract GenerationDefaults Generation { get; }

    /// <summary>Opens a model.</summary>
    /// <param name="path">A folder with config.json and safetensors, a GGUF file (any part of a split one), or a folder with one GGUF model.</param>
    /// <exception cref="InvalidModelException">There is no model, or a file of it is not what it must be.</exception>
    public static ModelFiles Open(string path)
    {
        if (File.Exists(path) || GgufFile.HasItsName(path)) return GgufFile.Open(path);
        return GgufFile.FindIn(path) is { } file ? GgufFile.Open(file) : ModelFolder.Open(path);
    }

    /// <summary>Maps the weights into memory. Dispose it after everything made from it.</summary>
    /// <exception cref="InvalidModelException">A file is not what it must be.</exception>
    public abstract IWeightSource OpenWeights();

    /// <summary>Looks up the tensors a range of layers needs, with their shapes checked against the spec.</summary>
    /// <param name="weights">What <see cref="OpenWeights"/> gave; it must outlive the tensors.</param>
    /// <param name="layers">The range.</param>
    /// <exception cref="InvalidModelException">A tensor is missing or not what the spec says.</exception>
    public abstract ShardWeights LoadShard(IWeightSource weights, LayerRange layers);

    /// <summary>What the model is, for people. Reads the weights' headers, not the weights.</summary>
    /// <exception cref="InvalidModelException">A file is not what it must be.</exception>
    public virtual ModelDescription Describe()
    {
        using var weights = OpenWeights();
        return ModelDescription.Of(this, LoadShard(weights, LayerRange.All(Spec)));
    }
}
