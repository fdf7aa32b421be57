using Exo.Hub;
using Exo.Hub.Protocol;
using Exo.Hub.Pulls;

namespace Exo.Tests.Hub.Pulls;

/// <summary>What of a repository is pulled, on the file lists of kinds of repositories that exist.</summary>
public sealed class FileSelectionTests
{
    [Fact]
    public void Choose_BesideSafetensors_LeavesEveryOtherFormatOut()
    {
        var (chosen, leftOut) = Choose(
            "config.json generation_config.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors model.safetensors.index.json tokenizer.json tokenizer.model README.md LICENSE "
            + "pytorch_model.bin pytorch_model.bin.index.json original/consolidated.00.pth original/params.json tf_model.h5 flax_model.msgpack onnx/model.onnx model-Q4_K_M.gguf consolidated.safetensors "
            + "metal/model.bin .gitattributes figures/plot.png");

        Assert.Equal("LICENSE README.md config.json generation_config.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors model.safetensors.index.json tokenizer.json tokenizer.model", Names(chosen));
        Assert.Equal("safetensors are there", leftOut.Single(file => file.File.Path == "pytorch_model.bin").Reason);
        Assert.Equal("the same weights twice", leftOut.Single(file => file.File.Path == "consolidated.safetensors").Reason);
    }

    [Theory]
    [InlineData("config.json pytorch_model-00001-of-00002.bin pytorch_model-00002-of-00002.bin pytorch_model.bin.index.json tf_model.h5", "config.json pytorch_model-00001-of-00002.bin pytorch_model-00002-of-00002.bin pytorch_model.bin.index.json")]
    [InlineData("params.json consolidated.safetensors tekken.json", "consolidated.safetensors params.json tekken.json")]
    [InlineData("config.json onnx/model.safetensors pytorch_model.bin", "config.json pytorch_model.bin")]
    public void Choose_WithoutTheUsualWeights_TakesWhatThereIs(string files, string expected) => Assert.Equal(expected, Names(Choose(files).Chosen));

    [Theory]
    [InlineData(null, "m-Q4_K_M.gguf")]
    [InlineData("Q8_0", "m-Q8_0.gguf")]
    [InlineData("q8_0", "m-Q8_0.gguf")]
    [InlineData("IQ2_XXS", "m-IQ2_XXS.gguf")]
    [InlineData("BF16", "BF16/m-BF16-00001-of-00002.gguf BF16/m-BF16-00002-of-00002.gguf")]
    public void Choose_OfManyQuantisations_TakesOneWithAllItsParts(string? variant, string expected)
    {
        var (chosen, leftOut) = Choose("README.md m-Q2_K.gguf m-Q4_K_M.gguf m-Q8_0.gguf m-IQ2_XXS.gguf BF16/m-BF16-00001-of-00002.gguf BF16/m-BF16-00002-of-00002.gguf mmproj-F16.gguf imatrix.dat", variant);

        Assert.Equal(expected, Names(chosen.Where(file => file.Path.EndsWith(".gguf", StringComparison.Ordinal))));
        Assert.Contains(leftOut, file => file.File.Path == "mmproj-F16.gguf");
    }

    [Theory]
    [InlineData("m.Q8_0.gguf m.Q5_K_M.gguf", "m.Q8_0.gguf")]
    [InlineData("m-UD-Q4_K_XL.gguf m-Q2_K.gguf", "m-UD-Q4_K_XL.gguf")]
    [InlineData("stories.gguf", "stories.gguf")]
    [InlineData("llama-2-7b-chat.Q4_0.gguf llama-2-7b-chat.Q6_K.gguf", "llama-2-7b-chat.Q4_0.gguf")]
    public void Choose_WithoutTheFavourite_TakesTheNextBest(string files, string expected) => Assert.Equal(expected, Names(Choose(files).Chosen));

    [Fact]
    public void Choose_OfAMissingQuantisation_NamesTheOnesThereAre()
    {
        var failure = Assert.Throws<HubException>(() => Choose("m-Q4_K_M.gguf m-Q8_0.gguf", "Q5_0"));
        Assert.Equal(HubError.NothingToPull, failure.Error);
        Assert.Contains("Q4_K_M, Q8_0", failure.Message);
    }

    [Fact]
    public void Choose_WithIncludeAndExclude_ObeysThemAlone()
    {
        var options = new PullOptions { Include = ["*.json", "onnx/**"], Exclude = ["generation_*"] };
        Assert.Equal("config.json onnx/deep/model.onnx sub/x.json", Names(Choose("config.json generation_config.json sub/x.json onnx/deep/model.onnx model.safetensors", null, options).Chosen));
        var nothing = Assert.Throws<HubException>(() => Choose("config.json", null, new PullOptions { Exclude = ["*"] }));
        Assert.Equal(HubError.NothingToPull, nothing.Error);
        Assert.Equal("org/model has 1 file, none of which is wanted with this --include and --exclude. 'exo pull org/model --dry-run --include \"*\"' lists them all.", nothing.Message);
    }

    [Fact]
    public void Choose_OfAllFormats_TakesAll() =>
        Assert.Equal("a.bin b.safetensors c.gguf", Names(Choose("a.bin b.safetensors c.gguf", null, new PullOptions { AllFormats = true }).Chosen));

    [Theory]
    [InlineData("*.json", "a/b.json", true)]
    [InlineData("*.json", "b.jsonl", false)]
    [InlineData("a/*.json", "a/b.json", true)]
    [InlineData("a/*.json", "a/c/b.json", false)]
    [InlineData("a/**/b.json", "a/b.json", true)]
    [InlineData("a/**/b.json", "a/c/d/b.json", true)]
    [InlineData("a/", "a/c/d/b.json", true)]
    [InlineData("m?del.*", "MODEL.bin", true)]
    [InlineData("(a+)+$", "aaaa", false)]
    public void Glob_Matches(string pattern, string path, bool expected) => Assert.Equal(expected, new GlobPattern(pattern).Matches(path));

    private static (IReadOnlyList<HubFile> Chosen, IReadOnlyList<LeftOutFile> LeftOut) Choose(string paths, string? variant = null, PullOptions? options = null) =>
        FileSelection.Choose("org/model", [.. paths.Split(' ').Select(path => new HubFile { Path = path, ByteCount = 1, Hash = ContentHash.Parse(new string('0', 40)) })], variant, options ?? new PullOptions());

    private static string Names(IEnumerable<HubFile> files) => string.Join(' ', files.Select(file => file.Path).Order(StringComparer.Ordinal));
}
