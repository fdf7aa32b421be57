using Exo.Api;
using Exo.Client.Terminal;

namespace Exo.Client.Models;

/// <summary>A model's card in words.</summary>
internal static class ModelCardText
{
    public static void Write(ModelCard card, TextWriter writer)
    {
        writer.WriteLine(Printable.Line(card.Name));
        Line("architecture", card.Architecture);
        Line("parameters", Quantity.Count(card.ParameterCount));
        Line("weights", $"{Quantity.Bytes(card.ByteCount)} of {card.Format}: {string.Join(", ", card.DTypes.Select(share => card.DTypes.Count == 1 ? share.DType : $"{share.DType} {Quantity.Bytes(share.ByteCount)}"))}");
        Line("context", $"{Quantity.Grouped(card.ContextLength)} tokens, {Quantity.Bytes(card.KvByteCountPerToken)} of cache each at 16 bits");
        Line("hidden size", Quantity.Grouped(card.HiddenSize));
        Line("tokenizer", card.Tokenizer);
        Line("prompt", Prompt(card));
        Line("sampling", Sampling(card.Sampling));
        Line("path", card.Path);
        writer.WriteLine("  layers");
        foreach (var (name, bytes, shape) in Layers(card.Layers)) writer.WriteLine(Printable.Line($"    {name,-20} {bytes,-14} {shape}".TrimEnd()));

        void Line(string name, string value) => writer.WriteLine($"  {name,-14} {Printable.Line(value)}");
    }

    private static string Prompt(ModelCard card) => card.PromptStyle == PromptStyle.Chat ? "a message, through the model's chat template" : "a text to go on with: the model has no chat template";

    private static string Sampling(SamplingSettings settings) => string.Join(", ", new[]
    {
        settings.Temperature is { } temperature ? FormattableString.Invariant($"temperature {temperature}") : null,
        settings.TopK is > 0 and var topK ? $"top-k {topK}" : null,
        settings.TopP is < 1 and var topP ? FormattableString.Invariant($"top-p {topP}") : null,
        settings.MinP is > 0 and var minP ? FormattableString.Invariant($"min-p {minP}") : null,
        settings.RepeatPenalty is { } repeat && repeat != 1 ? FormattableString.Invariant($"repeat-penalty {repeat}") : null,
    }.Where(part => part is not null));

    /// <summary>Layers that are alike and follow each other share a line.</summary>
    private static IEnumerable<(string Name, string Bytes, string Shape)> Layers(IReadOnlyList<LayerCard> layers)
    {
        for (var first = 0; first < layers.Count;)
        {
            var layer = layers[first];
            var end = first + 1;
            while (end < layers.Count && layers[end] == layer with { Name = layers[end].Name }) end++;
            var shape = layer.Attention is null ? "" : $"{layer.Attention}; feed-forward {layer.FeedForward}";
            yield return end - first == 1
                ? (layer.Name, Quantity.Bytes(layer.ByteCount), shape)
                : ($"{layer.Name} – {layers[end - 1].Name}", $"{Quantity.Bytes(layer.ByteCount)} each", shape);
            first = end;
        }
    }
}
