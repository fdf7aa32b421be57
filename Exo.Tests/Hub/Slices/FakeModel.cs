using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Exo.Hub.Protocol;
using Exo.Hub.Slices;
using Exo.Tests.Hub.Server;

namespace Exo.Tests.Hub.Slices;

/// <summary>A llama-shaped model as safetensors files: true headers, computed data, any size.</summary>
internal sealed record FakeModel
{
    public int Layers { get; init; } = 4;

    public int HiddenSize { get; init; } = 64;

    public int IntermediateSize { get; init; } = 160;

    public int KvSize { get; init; } = 16;

    public int VocabSize { get; init; } = 300;

    public bool Tied { get; init; }

    /// <summary>A file is closed when the next tensor would make its data longer than this, in bytes. A file at least holds one tensor.</summary>
    public long LargestFile { get; init; } = long.MaxValue;

    public ulong Seed { get; init; } = 1;

    /// <summary>Names and bytes (bfloat16) of all tensors, in the order in which they are stored: that of the layers, as transformers writes them.</summary>
    public IReadOnlyList<(string Name, long ByteCount)> Tensors
    {
        get
        {
            long hidden = HiddenSize, wide = IntermediateSize, kv = KvSize;
            var tensors = new List<(string, long)> { ("model.embed_tokens.weight", VocabSize * hidden * 2) };
            for (var layer = 0; layer < Layers; layer++)
            {
                var at = $"model.layers.{layer}.";
                tensors.AddRange([
                    (at + "input_layernorm.weight", hidden * 2), (at + "mlp.down_proj.weight", hidden * wide * 2), (at + "mlp.gate_proj.weight", hidden * wide * 2),
                    (at + "mlp.up_proj.weight", hidden * wide * 2), (at + "post_attention_layernorm.weight", hidden * 2), (at + "self_attn.k_proj.weight", hidden * kv * 2),
                    (at + "self_attn.o_proj.weight", hidden * hidden * 2), (at + "self_attn.q_proj.weight", hidden * hidden * 2), (at + "self_attn.v_proj.weight", hidden * kv * 2)]);
            }
            tensors.Add(("model.norm.weight", hidden * 2));
            if (!Tied) tensors.Add(("lm_head.weight", VocabSize * hidden * 2));
            return tensors;
        }
    }

    /// <summary>Llama 3 70B: 141 GB in 30 files.</summary>
    public static FakeModel Llama70B { get; } = new()
    {
        Layers = 80, HiddenSize = 8192, IntermediateSize = 28672, KvSize = 1024, VocabSize = 128256, LargestFile = 5_000_000_000,
    };

    /// <summary>The tensors of each file.</summary>
    public IReadOnlyList<IReadOnlyList<(string Name, long ByteCount)>> Shards()
    {
        var shards = new List<List<(string, long)>> { new() };
        long filled = 0;
        foreach (var tensor in Tensors)
        {
            if (filled > 0 && filled + tensor.ByteCount > LargestFile)
            {
                shards.Add([]);
                filled = 0;
            }
            shards[^1].Add(tensor);
            filled += tensor.ByteCount;
        }
        return shards;
    }

    /// <summary>Everything a repository of this model holds. Hashes of the weights are computed on demand by the server.</summary>
    public IReadOnlyList<ServedFile> Files()
    {
        var shards = Shards();
        var files = new List<ServedFile>
        {
            Text("config.json", $$"""{"model_type":"llama","num_hidden_layers":{{Layers}}}"""),
            Text("tokenizer.json", "{}"),
            Text("README.md", "# A model"),
        };
        for (var i = 0; i < shards.Count; i++)
        {
            var data = new SeededContent(Seed + (ulong)i, shards[i].Sum(tensor => tensor.ByteCount));
            files.Add(new ServedFile(ShardName(i, shards.Count), new JoinedContent(new BytesContent(Header(shards[i])), data)) { IsLfs = true });
        }
        if (shards.Count > 1) files.Add(Text("model.safetensors.index.json", Index(shards)));
        return files;
    }

    /// <summary>The map as it would be read from a hub, without one.</summary>
    public WeightMap Map()
    {
        var shards = Shards();
        var files = shards.Select((shard, i) =>
        {
            var header = Header(shard);
            var size = header.Length + shard.Sum(tensor => tensor.ByteCount);
            var hash = ContentHash.Parse(new string("0123456789abcdef"[i % 16], 64));
            return Exo.Hub.Slices.SafetensorsHeader.Read(new HubFile { Path = ShardName(i, shards.Count), ByteCount = size, Hash = hash }, header);
        });
        return new WeightMap(new HubModel { RepositoryId = "org/model", Commit = new string('c', 40) }, [.. files], []);
    }

    /// <summary>Length and JSON, padded to eight bytes as the format's writers do.</summary>
    public static byte[] Header(IEnumerable<(string Name, long ByteCount)> tensors)
    {
        var json = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        long start = 0;
        foreach (var (name, byteCount) in tensors)
        {
            json[name] = new JsonObject { ["dtype"] = "BF16", ["shape"] = new JsonArray(byteCount / 2), ["data_offsets"] = new JsonArray(start, start + byteCount) };
            start += byteCount;
        }
        return Header(json.ToJsonString());
    }

    public static byte[] Header(string json)
    {
        var text = Encoding.UTF8.GetBytes(json);
        var padded = (text.Length + 7) / 8 * 8;
        var header = new byte[8 + padded];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)padded);
        header.AsSpan(8).Fill((byte)' ');
        text.CopyTo(header, 8);
        return header;
    }

    private static string ShardName(int i, int count) => count == 1 ? "model.safetensors" : $"model-{i + 1:00000}-of-{count:00000}.safetensors";

    private static string Index(IReadOnlyList<IReadOnlyList<(string Name, long ByteCount)>> shards)
    {
        var map = new JsonObject();
        for (var i = 0; i < shards.Count; i++)
            foreach (var (name, _) in shards[i]) map[name] = ShardName(i, shards.Count);
        return new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = shards.Sum(shard => shard.Sum(tensor => tensor.ByteCount)) }, ["weight_map"] = map }.ToJsonString();
    }

    private static ServedFile Text(string path, string text) => new(path, new BytesContent(Encoding.UTF8.GetBytes(text)));
}
