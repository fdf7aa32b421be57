using Exo.Hub;

namespace Exo.Tests.Hub;

/// <summary>Which texts name a model, and that none of them leads out of the store.</summary>
public sealed class ModelReferenceTests
{
    [Theory]
    [InlineData("org/name", "org/name", "main", null, "models--org--name")]
    [InlineData("gpt2", "gpt2", "main", null, "models--gpt2")]
    [InlineData("org/name@v1.0", "org/name", "v1.0", null, "models--org--name")]
    [InlineData("org/name@refs/pr/1", "org/name", "refs/pr/1", null, "models--org--name")]
    [InlineData("org/Name-7B_x.y:Q4_K_M", "org/Name-7B_x.y", "main", "Q4_K_M", "models--org--Name-7B_x.y")]
    [InlineData("org/name:Q8_0@dev", "org/name", "dev", "Q8_0", "models--org--name")]
    public void Parse_OfAName_GivesItsPartsAndWritesItBack(string text, string repository, string revision, string? variant, string folder)
    {
        var reference = ModelReference.Parse(text);

        Assert.Equal((repository, revision, variant, folder), (reference.RepositoryId, reference.Revision, reference.Variant, reference.FolderName));
        Assert.Equal(text, reference.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/name")]
    [InlineData("org/")]
    [InlineData("a/b/c")]
    [InlineData("../etc/passwd")]
    [InlineData("../x")]
    [InlineData("org/..")]
    [InlineData("org/.hidden")]
    [InlineData("org/a--b")]
    [InlineData("org/a..b")]
    [InlineData("org/na me")]
    [InlineData("org/na\\me")]
    [InlineData("org/name@")]
    [InlineData("org/name@../../x")]
    [InlineData("org/name@a//b")]
    [InlineData("org/name@/abs")]
    [InlineData("org/name:")]
    [InlineData("org/name:../x")]
    [InlineData("https://elsewhere.example/org/name")]
    [InlineData("https://huggingface.co/org/name/tree/main")]
    [InlineData("hf.co/")]
    public void Parse_OfAnythingElse_IsRefusedInWords(string text)
    {
        var failure = Assert.Throws<HubException>(() => ModelReference.Parse(text));
        Assert.Equal(HubError.UnsafeName, failure.Error);
        Assert.Contains("org/name", failure.Message);
        Assert.False(ModelReference.TryParse(text, out _));
    }

    [Fact]
    public void Parse_OfAWebAddress_SaysThatItIsOne() =>
        Assert.Contains("it is a web address", Assert.Throws<HubException>(() => ModelReference.Parse("https://elsewhere.example/org/name")).Message);

    [Theory]
    [InlineData("hf.co/org/name:Q4_K_M", "org/name:Q4_K_M")] // As Ollama names it.
    [InlineData("huggingface.co/org/name@v1", "org/name@v1")]
    [InlineData("https://huggingface.co/org/name", "org/name")]
    [InlineData("https://HF.co/org/name", "org/name")]
    public void Parse_BehindTheHubsAddress_IsTheName(string text, string name) => Assert.Equal(ModelReference.Parse(name), ModelReference.Parse(text));

    [Fact]
    public void Parse_OfTooLongAName_IsRefused() => Assert.False(ModelReference.TryParse("org/" + new string('a', 97), out _));

    [Theory]
    [InlineData("0123456789abcdef0123456789abcdef01234567", true)]
    [InlineData("0123456789ABCDEF0123456789abcdef01234567", false)]
    [InlineData("main", false)]
    public void IsCommit_TellsFullHashesOnly(string revision, bool expected) => Assert.Equal(expected, ModelReference.Parse("o/n@" + revision).IsCommit);
}
