using Exo.Engine.Models;

namespace Exo.Api.Local;

/// <summary>Makes a model's card from its files.</summary>
internal static class ModelCards
{
    private const int KvElementByteCount = 2;

    /// <param name="name">As it was asked for.</param>
    /// <exception cref="Exo.Engine.InvalidModelException">A file is not what it must be.</exception>
    public static ModelCard Of(string name, ModelFiles files)
    {
        var description = files.Describe();
        return new ModelCard
        {
            Name = name,
            Path = description.Path,
            Format = description.Format,
            Architecture = description.Architecture,
            ParameterCount = description.Parameters,
            ContextLength = description.ContextLength,
            HiddenSize = description.HiddenSize,
            VocabSize = description.VocabSize,
            DTypes = [.. description.DTypes.Select(type => new DTypeShare(type.Key, type.Value))],
            ByteCount = description.ByteCount,
            KvByteCountPerToken = description.KvElementsPerToken * KvElementByteCount,
            Tokenizer = files.HasTokenizer ? files.Tokenizer.Kind : "none",
            HasChatTemplate = description.HasChatTemplate,
            PromptStyle = StyleOf(files),
            Layers = Layers(description),
            Sampling = SamplingRecipe.Of(files.Generation),
        };
    }

    /// <summary>How the model takes a plain prompt: a chat template is there to be used.</summary>
    public static PromptStyle StyleOf(ModelFiles files) => files.ChatTemplateSource is null ? PromptStyle.Continue : PromptStyle.Chat;

    private static LayerCard[] Layers(ModelDescription description)
    {
        var rest = description.ByteCount - description.EmbeddingByteCount - description.Layers.Sum(layer => layer.ByteCount);
        return
        [
            new LayerCard(description.TiedHead ? "embedding and head" : "embedding", description.EmbeddingByteCount),
            .. description.Layers.Select(layer => new LayerCard($"layer {layer.Index}", layer.ByteCount, layer.Attention, layer.FeedForward)),
            new LayerCard(description.TiedHead ? "norm" : "norm and head", rest),
        ];
    }
}
