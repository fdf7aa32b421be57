using Exo.Hub.Slices;

namespace Exo.Tests.Hub.Slices;

public sealed class WeightTensorTests
{
    [Theory]
    [InlineData("model.layers.17.self_attn.q_proj.weight", WeightStage.Layer, 17)]
    [InlineData("layers.3.mlp.w1", WeightStage.Layer, 3)]
    [InlineData("transformer.h.0.ln_1.weight", WeightStage.Layer, 0)]
    [InlineData("model.language_model.layers.5.mlp.experts.31.w", WeightStage.Layer, 5)]
    [InlineData("blk.12.attn_norm.weight", WeightStage.Layer, 12)]
    [InlineData("model.embed_tokens.weight", WeightStage.TokenEmbedding, -1)]
    [InlineData("token_embd.weight", WeightStage.TokenEmbedding, -1)]
    [InlineData("transformer.wte.weight", WeightStage.TokenEmbedding, -1)]
    [InlineData("transformer.wpe.weight", WeightStage.Embedding, -1)]
    [InlineData("lm_head.weight", WeightStage.OutputProjection, -1)]
    [InlineData("output.weight", WeightStage.OutputProjection, -1)]
    [InlineData("model.norm.weight", WeightStage.Head, -1)]
    [InlineData("transformer.ln_f.bias", WeightStage.Head, -1)]
    [InlineData("output_norm.weight", WeightStage.Head, -1)]
    [InlineData("rope_freqs.weight", WeightStage.Everywhere, -1)]
    [InlineData("model.layers.0.self_attn.rotary_emb.inv_freq", WeightStage.Layer, 0)]
    [InlineData("vision_tower.encoder.layers.9.mlp.weight", WeightStage.Embedding, -1)]
    [InlineData("v.blk.2.attn_q.weight", WeightStage.Embedding, -1)]
    [InlineData("something.of.no.known.use", WeightStage.Embedding, -1)]
    [InlineData("layers.99999999999.weight", WeightStage.Embedding, -1)]
    public void Named_AfterItsPlace_IsFoundThere(string name, WeightStage stage, int layer)
    {
        var tensor = WeightTensor.Named(name, default);
        Assert.Equal((stage, layer), (tensor.Stage, tensor.Layer));
    }
}
