using Exo.Engine.Models;
using Exo.Tests.Engine.Reference;

namespace Exo.Tests.Engine.Models;

/// <summary>The vectors' models open, and every stored tensor has a place.</summary>
public sealed class VectorModelTests
{
    public static TheoryData<string> Models => ExpectedModel.Names;

    [Theory]
    [MemberData(nameof(Models))]
    public void LoadShard_VectorModel_UsesEveryTensorOnce(string model)
    {
        var files = ModelFolder.Open(Vectors.Path("models", model, "hf"));
        using var source = files.OpenWeights();

        var weights = files.LoadShard(source, LayerRange.All(files.Spec));

        Assert.Equal(source.Names.Order(StringComparer.Ordinal), weights.Tensors().Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        Assert.Equal([512, 64], weights.Embedding!.Shape);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Open_VectorModel_KnowsHowToTalkToIt(string model)
    {
        var files = ModelFolder.Open(Vectors.Path("models", model, "hf"));

        Assert.NotNull(files.ChatTemplateSource);
        Assert.NotNull(files.SpecialTokens.Eos);
        Assert.NotEmpty(files.Generation.EosTokenIds);
        Assert.Equal((true, 0.7f, 0.8f, 20), (files.Generation.DoSample, files.Generation.Temperature, files.Generation.TopP, files.Generation.TopK));
    }
}
