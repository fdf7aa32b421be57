using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Exo.Tests.Hub.Server;

namespace Exo.Grains.Tests.Mission.Scenarios;

/// <summary>A model that can be placed and pulled, and does nothing else: four layers of computed bytes as wide as they have to be, each in a file of its own.</summary>
internal static class BulkModel
{
    public const int FileCount = 4;

    private const int HiddenSize = 256, VocabSize = 2048, KvSize = 128, ElementByteCount = 2;

    /// <summary>A file's name.</summary>
    public static string NameOf(int file) => $"model-{file + 1:00000}-of-{FileCount:00000}.safetensors";

    /// <summary>The repository's files.</summary>
    /// <param name="seed">Of the weights: two models share no byte.</param>
    /// <param name="byteCount">Of all weights, about.</param>
    public static ServedFile[] Files(ulong seed, long byteCount)
    {
        var wide = byteCount / FileCount / (3 * HiddenSize * ElementByteCount);
        var map = new JsonObject();
        var files = new List<ServedFile>();
        for (var file = 0; file < FileCount; file++)
        {
            var header = new JsonObject();
            var end = 0L;
            foreach (var (name, shape) in TensorsOf(file, wide))
            {
                var start = end;
                end += shape.Aggregate(1L, (product, dimension) => product * dimension) * ElementByteCount;
                header[name] = new JsonObject { ["dtype"] = "BF16", ["shape"] = new JsonArray([.. shape.Select(dimension => (JsonNode)dimension)]), ["data_offsets"] = new JsonArray(start, end) };
                map[name] = NameOf(file);
            }

            files.Add(new ServedFile(NameOf(file), new JoinedContent(new BytesContent(Framed(header)), new SeededContent(seed * FileCount + (ulong)file, end))) { IsLfs = true });
        }

        files.Add(Text("model.safetensors.index.json", new JsonObject { ["weight_map"] = map }));
        files.Add(Text("config.json", new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"), ["model_type"] = "llama", ["hidden_size"] = HiddenSize, ["intermediate_size"] = wide, ["num_hidden_layers"] = FileCount,
            ["num_attention_heads"] = 8, ["num_key_value_heads"] = 4, ["head_dim"] = 32, ["vocab_size"] = VocabSize, ["max_position_embeddings"] = 1024, ["tie_word_embeddings"] = true,
        }));
        return [.. files];
    }

    private static IEnumerable<(string Name, long[] Shape)> TensorsOf(int layer, long wide)
    {
        if (layer == 0) yield return ("model.embed_tokens.weight", [VocabSize, HiddenSize]);
        var at = $"model.layers.{layer}.";
        yield return (at + "input_layernorm.weight", [HiddenSize]);
        yield return (at + "self_attn.q_proj.weight", [HiddenSize, HiddenSize]);
        yield return (at + "self_attn.k_proj.weight", [KvSize, HiddenSize]);
        yield return (at + "self_attn.v_proj.weight", [KvSize, HiddenSize]);
        yield return (at + "self_attn.o_proj.weight", [HiddenSize, HiddenSize]);
        yield return (at + "post_attention_layernorm.weight", [HiddenSize]);
        yield return (at + "mlp.gate_proj.weight", [wide, HiddenSize]);
        yield return (at + "mlp.up_proj.weight", [wide, HiddenSize]);
        yield return (at + "mlp.down_proj.weight", [HiddenSize, wide]);
        if (layer == FileCount - 1) yield return ("model.norm.weight", [HiddenSize]);
    }

    /// <summary>Length and JSON, padded to eight bytes as the format's writers do.</summary>
    private static byte[] Framed(JsonObject header)
    {
        var text = Encoding.UTF8.GetBytes(header.ToJsonString());
        var padded = (text.Length + 7) / 8 * 8;
        var framed = new byte[sizeof(ulong) + padded];
        BinaryPrimitives.WriteUInt64LittleEndian(framed, (ulong)padded);
        framed.AsSpan(sizeof(ulong)).Fill((byte)' ');
        text.CopyTo(framed, sizeof(ulong));
        return framed;
    }

    private static ServedFile Text(string path, JsonObject json) => new(path, new BytesContent(Encoding.UTF8.GetBytes(json.ToJsonString())));
}
