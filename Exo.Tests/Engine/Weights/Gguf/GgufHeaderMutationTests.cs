using Exo.Engine;
using Exo.Engine.Weights;
using Exo.Engine.Weights.Gguf;

namespace Exo.Tests.Engine.Weights.Gguf;

/// <summary>Damaged GGUF headers: each is an error of one line, or read within bounds.</summary>
public sealed class GgufHeaderMutationTests
{
    private static readonly byte[] Right = new GgufBytes()
        .Text("general.architecture", "llama").UInt32("general.alignment", 32).Texts("tokenizer.ggml.tokens", "a", "b", "ab").Integers("tokenizer.ggml.token_type", 1, 3, 6)
        .UInt16("n", 7).Float("f", 0.5f).Flag("y", true)
        .Floats("blk.0.weight", 8, 4).Tensor("blk.1.weight", [2, 32], 8, new byte[68])
        .ToArray();

    [Fact]
    public void Parse_SpoiledHeader_IsRefusedOrReadWithinBounds()
    {
        var accepted = Mutation.Survive(Right, count: 5000, maxAllocation: 1 << 20, spoiled => GgufHeader.Parse("spoiled.gguf", spoiled, spoiled.Length));

        Assert.InRange(accepted, 1, 4999);
    }

    [Fact]
    public void Parse_FileCutShort_IsRefused()
    {
        var end = GgufHeader.Parse("right.gguf", Right, Right.Length).Tensors.Max(tensor => tensor.Start + tensor.ByteCount);

        for (var length = 0; length < end; length++)
            Assert.Throws<InvalidModelException>(() => GgufHeader.Parse("cut.gguf", Right.AsSpan(0, length), length));
    }

    [Fact]
    public void Read_ModelOfTheVectors_HasItsTensors()
    {
        using var file = MappedFile.Open(Vectors.Path("models", "llama-gqa", "model-q4_0.gguf"));

        var header = GgufHeader.Read(file);

        Assert.Equal("llama", header.Metadata.Text("general.architecture"));
        Assert.Equal([512L, 64L], Assert.Single(header.Tensors, tensor => tensor.Name == "token_embd.weight").Shape);
        Assert.Equal(file.Length, header.Tensors.Max(tensor => (tensor.Start + tensor.ByteCount + 31) / 32 * 32));
    }
}
