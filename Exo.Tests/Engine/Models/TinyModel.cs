using System.Text.Json;
using Exo.Engine.Models;
using Exo.Tests.Engine.Weights;

namespace Exo.Tests.Engine.Models;

/// <summary>A model of a few thousand seeded random weights as a Hugging Face folder, for any family's config.</summary>
internal static class TinyModel
{
    /// <summary>The family's config in a tiny size, then changed.</summary>
    public static string Config(string family, params (string Key, string Value)[] changes) => HfConfigs.Change(HfConfigs.All[family],
    [
        ("hidden_size", "16"), ("num_hidden_layers", "3"), ("num_attention_heads", "4"), ("num_key_value_heads", "2"), ("head_dim", "8"),
        ("intermediate_size", "24"), ("vocab_size", "40"), ("max_position_embeddings", "256"), .. changes,
    ]);

    /// <summary>Writes config.json and the weights.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="config">What <see cref="Config"/> gave.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    /// <param name="files">1 for model.safetensors, more for that many files and an index.</param>
    /// <param name="prefix">What the names of layers, embedding and last norm begin with.</param>
    public static void Write(TempFolder folder, string config, string type = "F32", int files = 1, string prefix = "model.")
    {
        folder.Write("config.json", config);
        WriteTensors(folder, Tensors(HfConfigs.Read(config), type, prefix), files);
    }

    /// <summary>Writes tensors alone.</summary>
    public static void WriteTensors(TempFolder folder, IReadOnlyList<WrittenTensor> tensors, int files = 1)
    {
        if (files == 1)
        {
            folder.Write("model.safetensors", SafetensorsBytes.Of(tensors));
            return;
        }

        var map = new Dictionary<string, string>();
        foreach (var (chunk, i) in tensors.Chunk((tensors.Count + files - 1) / files).Select((chunk, i) => (chunk, i)))
        {
            var name = $"model-{i + 1:d5}-of-{files:d5}.safetensors";
            folder.Write(name, SafetensorsBytes.Of(chunk));
            foreach (var tensor in chunk) map.Add(tensor.Name, name);
        }

        folder.Write("model.safetensors.index.json", JsonSerializer.Serialize(new { weight_map = map }));
    }

    /// <summary>The tensors a checkpoint of the spec holds, by their Hugging Face names.</summary>
    public static IReadOnlyList<WrittenTensor> Tensors(DecoderSpec spec, string type = "F32", string prefix = "model.")
    {
        var (random, tensors) = (new Random(1), new List<WrittenTensor>());
        Add("embed_tokens.weight", spec.VocabSize, spec.HiddenSize);
        for (var i = 0; i < spec.Layers.Count; i++) AddLayer($"layers.{i}.", spec.Layers[i]);
        Add("norm.weight", spec.HiddenSize);
        if (!spec.TiedHead) AddNamed("lm_head.weight", spec.VocabSize, spec.HiddenSize);
        return tensors;

        void AddLayer(string at, LayerSpec layer)
        {
            var attention = layer.Attention;
            var (queries, keys) = (attention.Heads * attention.HeadSize, attention.KvHeads * attention.HeadSize);
            Add(at + "input_layernorm.weight", spec.HiddenSize);
            foreach (var (name, rows, bias) in new[] { ("q", queries, attention.QueryKeyValueBias), ("k", keys, attention.QueryKeyValueBias), ("v", keys, attention.QueryKeyValueBias) })
            {
                Add($"{at}self_attn.{name}_proj.weight", rows, spec.HiddenSize);
                if (bias) Add($"{at}self_attn.{name}_proj.bias", rows);
            }

            Add(at + "self_attn.o_proj.weight", spec.HiddenSize, queries);
            if (attention.OutputBias) Add(at + "self_attn.o_proj.bias", spec.HiddenSize);
            if (attention.QueryKeyNorm) Add(at + "self_attn.q_norm.weight", attention.HeadSize);
            if (attention.QueryKeyNorm) Add(at + "self_attn.k_norm.weight", attention.HeadSize);
            Add(at + "post_attention_layernorm.weight", spec.HiddenSize);
            if (layer.PostNorms) Add(at + "pre_feedforward_layernorm.weight", spec.HiddenSize);
            if (layer.PostNorms) Add(at + "post_feedforward_layernorm.weight", spec.HiddenSize);
            if (layer.FeedForward.Experts is not { } experts)
            {
                AddGated(at + "mlp.", layer.FeedForward);
                return;
            }

            Add(at + "mlp.gate.weight", experts.Count, spec.HiddenSize);
            for (var expert = 0; expert < experts.Count; expert++) AddGated($"{at}mlp.experts.{expert}.", layer.FeedForward);
        }

        void AddGated(string at, FeedForwardSpec block)
        {
            foreach (var (name, rows, columns) in new[] { ("gate", block.IntermediateSize, spec.HiddenSize), ("up", block.IntermediateSize, spec.HiddenSize), ("down", spec.HiddenSize, block.IntermediateSize) })
            {
                Add($"{at}{name}_proj.weight", rows, columns);
                if (block.Bias) Add($"{at}{name}_proj.bias", rows);
            }
        }

        void Add(string name, params int[] shape) => AddNamed(prefix + name, shape);

        // Halves of eighths: exact in every type.
        void AddNamed(string name, params int[] shape) => tensors.Add(new WrittenTensor(
            name, type, shape, WrittenTensor.Encode(type, Enumerable.Range(0, shape.Aggregate((product, dimension) => product * dimension)).Select(_ => random.Next(-8, 9) / 16f))));
    }
}
