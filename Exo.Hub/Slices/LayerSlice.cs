namespace Exo.Hub.Slices;

/// <summary>A part of a model: some layers, with the stages at either end where it has them.</summary>
/// <param name="FirstLayer">0 or more.</param>
/// <param name="EndLayer">One past the last layer; equal to <paramref name="FirstLayer"/> for a slice of stages alone.</param>
/// <param name="WithEmbedding">Token embeddings, and whatever else comes before the first layer.</param>
/// <param name="WithHead">Final norm and output projection; the token embeddings too where the two are tied.</param>
public sealed record LayerSlice(int FirstLayer, int EndLayer, bool WithEmbedding = false, bool WithHead = false)
{
    /// <summary>As "0-15 of the layers, embedding".</summary>
    public override string ToString()
    {
        var parts = new List<string>();
        if (EndLayer > FirstLayer) parts.Add(EndLayer == FirstLayer + 1 ? $"layer {FirstLayer}" : $"layers {FirstLayer}-{EndLayer - 1}");
        if (WithEmbedding) parts.Add("embedding");
        if (WithHead) parts.Add("head");
        return parts.Count == 0 ? "nothing" : string.Join(", ", parts);
    }

    /// <summary>Whether a tensor of this stage and layer belongs to the slice.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="tied">The model has no output projection of its own: the head needs the token embeddings.</param>
    internal bool Wants(WeightTensor tensor, bool tied) => tensor.Stage switch
    {
        WeightStage.Layer => tensor.Layer >= FirstLayer && tensor.Layer < EndLayer,
        WeightStage.TokenEmbedding => WithEmbedding || (WithHead && tied),
        WeightStage.Embedding => WithEmbedding,
        WeightStage.Head or WeightStage.OutputProjection => WithHead,
        _ => true,
    };
}
