using Exo.Tests.Engine.Weights.Gguf;

namespace Exo.Tests.Engine.Models.Gguf;

/// <summary>A GGUF model of a few thousand bytes: one or two layers, eight wide, six tokens.</summary>
internal static class TinyGguf
{
    public const int Hidden = 8, Wide = 32, Heads = 2, KvHeads = 1, HeadSize = 4, Vocab = 6;

    /// <summary>Its key-values.</summary>
    /// <param name="architecture">general.architecture.</param>
    /// <param name="layers">block_count.</param>
    public static GgufBytes Keys(string architecture = "llama", int layers = 1) => Numbers(new GgufBytes(), architecture, layers);

    public static GgufBytes Numbers(GgufBytes bytes, string architecture, int layers, int skip = -1)
    {
        (string Key, Action<string> Add)[] keys =
        [
            ("block_count", key => bytes.UInt32(key, (uint)layers)),
            ("context_length", key => bytes.UInt32(key, 64)),
            ("embedding_length", key => bytes.UInt32(key, Hidden)),
            ("feed_forward_length", key => bytes.UInt32(key, Wide)),
            ("attention.head_count", key => bytes.UInt32(key, Heads)),
            ("attention.layer_norm_rms_epsilon", key => bytes.Float(key, 1e-5f)),
            ("attention.head_count_kv", key => bytes.UInt32(key, KvHeads)),
        ];
        bytes.Text("general.architecture", architecture);
        for (var i = 0; i < keys.Length; i++)
            if (i != skip) keys[i].Add($"{architecture}.{keys[i].Key}");
        return bytes;
    }

    /// <summary>A vocabulary of six tokens and a chat template.</summary>
    public static GgufBytes WithVocabulary(this GgufBytes bytes, int endOfTurnType = 3) => bytes
        .Text("tokenizer.ggml.model", "gpt2").Text("tokenizer.ggml.pre", "qwen2").Texts("tokenizer.ggml.tokens", "a", "b", "ab", "<s>", "</s>", "<|im_end|>")
        .Integers("tokenizer.ggml.token_type", 1, 1, 1, 3, 3, endOfTurnType).Texts("tokenizer.ggml.merges", "a b")
        .UInt32("tokenizer.ggml.bos_token_id", 3).UInt32("tokenizer.ggml.eos_token_id", 4).Text("tokenizer.chat_template", "{{ bos_token }}");

    /// <summary>The tensors of some layers.</summary>
    public static GgufBytes WithLayers(this GgufBytes bytes, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            var at = $"blk.{i}.";
            bytes.Floats(at + "attn_norm.weight", Hidden).Floats(at + "attn_q.weight", Heads * HeadSize, Hidden).Floats(at + "attn_k.weight", KvHeads * HeadSize, Hidden)
                .Floats(at + "attn_v.weight", KvHeads * HeadSize, Hidden).Floats(at + "attn_output.weight", Hidden, Heads * HeadSize)
                .Floats(at + "ffn_norm.weight", Hidden).Floats(at + "ffn_gate.weight", Wide, Hidden).Floats(at + "ffn_up.weight", Wide, Hidden)
                .Floats(at + "ffn_down.weight", Hidden, Wide);
        }
        return bytes;
    }

    public static GgufBytes WithEmbedding(this GgufBytes bytes) => bytes.Floats("token_embd.weight", Vocab, Hidden);

    public static GgufBytes WithHead(this GgufBytes bytes, bool tied = false) => (tied ? bytes : bytes.Floats("output.weight", Vocab, Hidden)).Floats("output_norm.weight", Hidden);

    /// <summary>The whole model.</summary>
    public static GgufBytes Whole(string architecture = "llama") => Keys(architecture).WithVocabulary().WithEmbedding().WithLayers(0, 1).WithHead();
}
