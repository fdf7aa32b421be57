using Exo.Engine;
using Exo.Engine.Models;
using Exo.Engine.Tokenization;
using Exo.Engine.Weights.Safetensors;

namespace Exo.Tests.Engine.Weights;

/// <summary>A repository that was cloned without Git LFS has pointers where its large files should be.</summary>
public sealed class LfsPointerTests
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

    [Fact]
    public void Open_Pointer_SaysHowTheFileIsHad()
    {
        using var folder = new TempFolder();
        var weights = folder.Write("model.safetensors", Pointer);
        var gguf = folder.Write("model.gguf", Pointer);
        var tokenizer = folder.Write("tokenizer.json", Pointer);

        AssertTold(weights, () => SafetensorsSource.OpenFile(weights));
        AssertTold(gguf, () => ModelFiles.Open(gguf));
        AssertTold(tokenizer, () => Tokenizer.FromJson(tokenizer));
    }

    private static void AssertTold(string file, Action open)
    {
        var refused = Assert.Throws<InvalidModelException>(open);
        Assert.Equal(file, refused.File);
        Assert.Contains("git lfs pull", refused.Message);
    }
}
