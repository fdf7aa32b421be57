using Exo.Hub.Protocol;
using Exo.Hub.Store;

namespace Exo.Tests.Hub.Store;

/// <summary>Which weights a variant means, of snapshots that a pull listed and of those of other tools.</summary>
public sealed class SnapshotWeightsTests
{
    private const string Nothing = "nothing";
    private const string Folder = "";

    [Theory]
    [InlineData("m-BF16.gguf m-F16.gguf", "F16", "m-F16.gguf")]
    [InlineData("m-BF16.gguf m-F16.gguf", "bf16", "m-BF16.gguf")]
    [InlineData("m-BF16.gguf", "F16", Nothing)]
    [InlineData("m-UD-Q4_K_XL.gguf", "Q4_K_XL", "m-UD-Q4_K_XL.gguf")]
    [InlineData("m-Q8_0.gguf m-Q4_K_M.gguf m-BF16.gguf", null, "m-Q4_K_M.gguf")] // As a pull prefers them.
    [InlineData("m-Q8_0.gguf m-q4_k.gguf", null, "m-q4_k.gguf")] // As exo quantize names it.
    [InlineData("m-BF16-00001-of-00002.gguf m-Q8_0.gguf", null, "m-Q8_0.gguf")]
    [InlineData("m-BF16-00001-of-00002.gguf m-Q8_0.gguf", "BF16", Nothing)]
    [InlineData("m-BF16-00002-of-00002.gguf m-BF16-00001-of-00002.gguf", "BF16", "m-BF16-00001-of-00002.gguf")]
    [InlineData("Q4_K_M/m-00001-of-00002.gguf Q4_K_M/m-00002-of-00002.gguf F16/m.gguf", null, "Q4_K_M/m-00001-of-00002.gguf")]
    [InlineData("mmproj-F16.gguf model-F16.gguf", "F16", "model-F16.gguf")]
    [InlineData("mmproj-F16.gguf model-Q8_0.gguf", "F16", Nothing)]
    [InlineData("config.json model.safetensors m-Q4_K_M.gguf", null, Folder)]
    [InlineData("config.json model.safetensors m-Q4_K_M.gguf", "Q4_K_M", "m-Q4_K_M.gguf")]
    [InlineData("config.json model.safetensors", "Q4_K_M", Nothing)]
    [InlineData("config.json model-00001-of-00002.safetensors m-Q4_K_M.gguf", null, "m-Q4_K_M.gguf")]
    [InlineData("config.json pytorch_model.bin m-Q4_K_M.gguf", null, "m-Q4_K_M.gguf")]
    [InlineData("config.json pytorch_model.bin m-Q4_K_M-00001-of-00002.gguf", null, Folder)]
    [InlineData("config.json", null, Nothing)]
    public void PathOf_WhatOtherToolsFetched_IsTheVariantOrTheBestThatIsWhole(string here, string? variant, string expected) =>
        Assert.Equal(expected, SnapshotWeights.Of(null, Stored(here)).PathOf(variant) ?? Nothing);

    [Theory]
    [InlineData("m-BF16.gguf m-F16.gguf", "m-BF16.gguf m-F16.gguf", "F16", "m-F16.gguf")]
    [InlineData("m-BF16.gguf m-F16.gguf", "m-BF16.gguf", "F16", Nothing)]
    [InlineData("m-Q4_K_XL.gguf m-UD-Q4_K_XL.gguf", "m-UD-Q4_K_XL.gguf", "Q4_K_XL", Nothing)] // A pull would take the other.
    [InlineData("BF16/m-BF16-00001-of-00002.gguf BF16/m-BF16-00002-of-00002.gguf m-Q4_K_M.gguf", "BF16/m-BF16-00001-of-00002.gguf m-Q4_K_M.gguf", null, "m-Q4_K_M.gguf")]
    [InlineData("BF16/m-BF16-00001-of-00002.gguf BF16/m-BF16-00002-of-00002.gguf m-Q4_K_M.gguf", "BF16/m-BF16-00001-of-00002.gguf BF16/m-BF16-00002-of-00002.gguf", null, "BF16/m-BF16-00001-of-00002.gguf")]
    [InlineData("config.json model.safetensors m-Q8_0.gguf", "config.json model.safetensors m-Q8_0.gguf", null, Folder)]
    [InlineData("config.json model.safetensors m-Q8_0.gguf", "config.json model.safetensors m-Q8_0.gguf", "Q8_0", "m-Q8_0.gguf")]
    [InlineData("config.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors m-Q8_0.gguf", "config.json model-00001-of-00002.safetensors m-Q8_0.gguf", null, "m-Q8_0.gguf")]
    [InlineData("tokenizer.json m-Q8_0.gguf", "m-Q8_0.gguf", null, Nothing)]
    public void PathOf_WhatAPullListed_IsTheVariantOrTheBestThatIsWhole(string listed, string here, string? variant, string expected) =>
        Assert.Equal(expected, SnapshotWeights.Of(Manifest(listed), Stored(here)).PathOf(variant) ?? Nothing);

    [Theory]
    [InlineData("m-Q8_0.gguf m-Q4_K_M.gguf mmproj-F16.gguf", "m-Q8_0.gguf m-Q4_K_M.gguf mmproj-F16.gguf", "Q4_K_M Q8_0")]
    [InlineData("BF16/m-00001-of-00002.gguf BF16/m-00002-of-00002.gguf m-Q8_0.gguf", "BF16/m-00001-of-00002.gguf m-Q8_0.gguf", "Q8_0")]
    [InlineData("config.json model.safetensors", "config.json model.safetensors", "")]
    public void Variants_AreThoseThatAreWhole(string listed, string here, string expected)
    {
        foreach (var manifest in (SnapshotManifest?[])[Manifest(listed), null])
            Assert.Equal(expected, string.Join(' ', SnapshotWeights.Of(manifest, Stored(here)).Variants().Select(variant => variant.Label)));
    }

    [Fact]
    public void PathOf_AFileOfAnotherSizeThanListed_IsNotThatFile()
    {
        var cut = new StoredFile { Path = "m-Q4_K_M.gguf", DiskPath = "", ByteCount = 1 };

        Assert.Equal("m-Q8_0.gguf", SnapshotWeights.Of(Manifest("m-Q4_K_M.gguf m-Q8_0.gguf"), [cut, .. Stored("m-Q8_0.gguf")]).PathOf(null));
    }

    [Theory]
    [InlineData("m-BF16.gguf", "F16", "F16.gguf")]
    [InlineData("m-BF16-00001-of-00002.gguf m-F16.gguf", "BF16", "m-BF16-00002-of-00002.gguf")]
    [InlineData("config.json model.safetensors m-F16-00001-of-00002.gguf", null, "")]
    public void Lacks_OfWhatOtherToolsFetched_IsTheVariantsOwn(string here, string? variant, string expected) =>
        Assert.Equal(expected, string.Join(' ', ForeignSnapshot.Lacks(Stored(here), variant)));

    [Fact]
    public void HasVariant_WhoseNameIsAPartOfAnothers_IsFalse() => Assert.False(ForeignSnapshot.HasVariant(Stored("m-BF16.gguf"), "F16"));

    private static StoredFile[] Stored(string paths) => [.. paths.Split(' ').Select(path => new StoredFile { Path = path, DiskPath = "", ByteCount = 7 })];

    private static SnapshotManifest Manifest(string paths) =>
        new("org/model", new string('a', 40), [.. paths.Split(' ').Select(path => new HubFile { Path = path, ByteCount = 7, Hash = ContentHash.Parse(new string('0', 40)) })]);
}
