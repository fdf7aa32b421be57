using System.Globalization;
using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>Where in the model a tensor is used.</summary>
public enum WeightStage
{
    /// <summary>In one layer.</summary>
    Layer,
    /// <summary>The token embeddings; used again as output projection where a model has no other.</summary>
    TokenEmbedding,
    /// <summary>Before the first layer in some other way, or of unknown use.</summary>
    Embedding,
    /// <summary>The final norm and its like.</summary>
    Head,
    /// <summary>The output projection, lm_head.</summary>
    OutputProjection,
    /// <summary>In every layer: tables of rotary frequencies.</summary>
    Everywhere,
}

/// <summary>One tensor of a weight file.</summary>
/// <param name="Name">As the file spells it.</param>
/// <param name="Range">Its bytes in the file.</param>
/// <param name="Stage">Where it is used.</param>
/// <param name="Layer">Which layer it belongs to; -1 outside the layers.</param>
public sealed record WeightTensor(string Name, ByteRange Range, WeightStage Stage, int Layer)
{
    private static readonly string[] Towers = ["vision", "visual", "audio", "image", "mm_", "multi_modal", "speech"];

    /// <summary>A tensor whose place is told by its name: <c>model.layers.N.</c>, <c>layers.N.</c>, <c>transformer.h.N.</c>, <c>blk.N.</c> and their like.</summary>
    public static WeightTensor Named(string name, ByteRange range)
    {
        var (stage, layer) = Place(name);
        return new WeightTensor(name, range, stage, layer);
    }

    private static (WeightStage Stage, int Layer) Place(string name)
    {
        var parts = name.Split('.');
        // The towers of a multimodal model have layers of their own; they run before the decoder's first.
        if (parts.Any(part => Towers.Any(tower => part.StartsWith(tower, StringComparison.Ordinal))) || parts[0] is "v" or "a") return (WeightStage.Embedding, -1);
        for (var i = 0; i + 1 < parts.Length; i++)
            if (parts[i] is "layers" or "h" or "blk" or "blocks" or "block" && Number(parts[i + 1]) is { } layer)
                return (WeightStage.Layer, layer);

        // "model.embed_tokens.weight" → "embed_tokens"; scales and biases of a quantised tensor go with it.
        bool Names(params ReadOnlySpan<string> words)
        {
            foreach (var word in words)
                if (parts.Contains(word, StringComparer.Ordinal)) return true;
            return false;
        }
        if (Names("embed_tokens", "wte", "token_embd", "embed_in", "word_embeddings", "tok_embeddings")) return (WeightStage.TokenEmbedding, -1);
        if (Names("lm_head", "embed_out") || parts[0] == "output") return (WeightStage.OutputProjection, -1);
        if (Names("norm", "ln_f", "output_norm", "final_layernorm", "final_layer_norm", "norm_f")) return (WeightStage.Head, -1);
        if (Names("rotary_emb", "rope_freqs", "rope_factors_long", "rope_factors_short")) return (WeightStage.Everywhere, -1);
        return (WeightStage.Embedding, -1);
    }

    private static int? Number(string text) =>
        text.Length is > 0 and <= 5 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
