using System.Text;
using System.Text.Json.Nodes;
using Exo.Engine.Models;
using Exo.Engine.Models.HuggingFace;

namespace Exo.Tests.Engine.Models;

/// <summary>config.json as the families write it, in the sizes of real models, and with single keys changed.</summary>
internal static class HfConfigs
{
    public const string Llama = """
        {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":2048,"num_hidden_layers":16,"num_attention_heads":32,
         "num_key_value_heads":8,"head_dim":64,"intermediate_size":8192,"vocab_size":128256,"hidden_act":"silu","max_position_embeddings":131072,
         "rms_norm_eps":1e-05,"rope_theta":500000.0,"tie_word_embeddings":true,"attention_bias":false,"mlp_bias":false,
         "rope_scaling":{"factor":32.0,"high_freq_factor":4.0,"low_freq_factor":1.0,"original_max_position_embeddings":8192,"rope_type":"llama3"},
         "bos_token_id":128000,"eos_token_id":[128001,128008,128009],"torch_dtype":"bfloat16"}
        """;

    public const string Mistral = """
        {"architectures":["MistralForCausalLM"],"model_type":"mistral","hidden_size":4096,"num_hidden_layers":32,"num_attention_heads":32,
         "num_key_value_heads":8,"intermediate_size":14336,"vocab_size":32000,"max_position_embeddings":32768,"rms_norm_eps":1e-05,
         "rope_theta":10000.0,"sliding_window":4096,"tie_word_embeddings":false,"hidden_act":"silu"}
        """;

    public const string Qwen2 = """
        {"architectures":["Qwen2ForCausalLM"],"model_type":"qwen2","hidden_size":896,"num_hidden_layers":24,"num_attention_heads":14,
         "num_key_value_heads":2,"intermediate_size":4864,"vocab_size":151936,"max_position_embeddings":32768,"max_window_layers":21,
         "rms_norm_eps":1e-06,"rope_theta":1000000.0,"sliding_window":32768,"use_sliding_window":false,"tie_word_embeddings":true,"hidden_act":"silu"}
        """;

    public const string Qwen3 = """
        {"architectures":["Qwen3ForCausalLM"],"model_type":"qwen3","hidden_size":1024,"num_hidden_layers":28,"num_attention_heads":16,
         "num_key_value_heads":8,"head_dim":128,"intermediate_size":3072,"vocab_size":151936,"max_position_embeddings":40960,"max_window_layers":28,
         "rms_norm_eps":1e-06,"rope_theta":1000000,"rope_scaling":null,"sliding_window":null,"use_sliding_window":false,"tie_word_embeddings":true,
         "hidden_act":"silu","attention_bias":false}
        """;

    public const string Qwen3Moe = """
        {"architectures":["Qwen3MoeForCausalLM"],"model_type":"qwen3_moe","hidden_size":2048,"num_hidden_layers":48,"num_attention_heads":32,
         "num_key_value_heads":4,"head_dim":128,"intermediate_size":6144,"vocab_size":151936,"max_position_embeddings":40960,"rms_norm_eps":1e-06,
         "rope_theta":1000000.0,"tie_word_embeddings":false,"num_experts":128,"num_experts_per_tok":8,"moe_intermediate_size":768,
         "norm_topk_prob":true,"decoder_sparse_step":1,"mlp_only_layers":[],"use_sliding_window":false,"sliding_window":null}
        """;

    public const string Gemma2 = """
        {"architectures":["Gemma2ForCausalLM"],"model_type":"gemma2","hidden_size":2304,"num_hidden_layers":26,"num_attention_heads":8,
         "num_key_value_heads":4,"head_dim":256,"intermediate_size":9216,"vocab_size":256000,"max_position_embeddings":8192,"rms_norm_eps":1e-06,
         "rope_theta":10000.0,"sliding_window":4096,"query_pre_attn_scalar":256,"attn_logit_softcapping":50.0,"final_logit_softcapping":30.0,
         "hidden_act":"gelu_pytorch_tanh","hidden_activation":"gelu_pytorch_tanh"}
        """;

    public const string Gemma3 = """
        {"architectures":["Gemma3ForCausalLM"],"model_type":"gemma3_text","hidden_size":1152,"num_hidden_layers":26,"num_attention_heads":4,
         "num_key_value_heads":1,"head_dim":256,"intermediate_size":6912,"vocab_size":262144,"max_position_embeddings":32768,"rms_norm_eps":1e-06,
         "rope_theta":1000000,"rope_local_base_freq":10000,"rope_scaling":{"factor":8.0,"rope_type":"linear"},"sliding_window":512,
         "sliding_window_pattern":6,"query_pre_attn_scalar":256,"attn_logit_softcapping":null,"final_logit_softcapping":null,
         "hidden_activation":"gelu_pytorch_tanh"}
        """;

    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["llama"] = Llama, ["mistral"] = Mistral, ["qwen2"] = Qwen2, ["qwen3"] = Qwen3, ["qwen3_moe"] = Qwen3Moe, ["gemma2"] = Gemma2, ["gemma3_text"] = Gemma3,
    };

    /// <summary>The spec of a config.</summary>
    public static DecoderSpec Read(string json) => HfConfig.ReadSpec(ConfigObject.Parse("config.json", Encoding.UTF8.GetBytes(json)));

    /// <summary>The spec of a config with keys set to JSON values; "-" takes a key away, a dot goes into an object.</summary>
    public static DecoderSpec Read(string json, params (string Key, string Value)[] changes) => Read(Change(json, changes));

    public static string Change(string json, params (string Key, string Value)[] changes)
    {
        var root = JsonNode.Parse(json)!.AsObject();
        foreach (var (key, value) in changes)
        {
            var parts = key.Split('.');
            var owner = parts[..^1].Aggregate(root, (node, part) => node[part]!.AsObject());
            owner.Remove(parts[^1]);
            if (value != "-") owner[parts[^1]] = JsonNode.Parse(value);
        }

        return root.ToJsonString();
    }
}
