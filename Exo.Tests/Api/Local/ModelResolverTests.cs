using Exo.Api;
using Exo.Api.Local;
using Exo.Hub;
using Exo.Hub.Store;

namespace Exo.Tests.Api.Local;

public sealed class ModelResolverTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("exo-models-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Resolve_Sample_IsTheFolderBesideTheProgram()
    {
        var sample = Directory.CreateDirectory(Path.Combine(_folder, "samples", "stories")).FullName;

        Assert.Equal(sample, Resolver().Resolve("stories").Path);
        Assert.Equal([("stories", sample)], Resolver().Samples());
    }

    [Fact]
    public void Resolve_FolderOrFile_IsItsFullPath()
    {
        var model = Directory.CreateDirectory(Path.Combine(_folder, "a model")).FullName;
        var file = Path.Combine(_folder, "x.gguf");
        File.WriteAllText(file, "");

        Assert.Equal(model, Resolver().Resolve(model + "/").Path.TrimEnd('/'));
        Assert.Equal(file, Resolver().Resolve(file).Path);
        Assert.Equal(model, Resolver().Resolve(Path.GetRelativePath(Directory.GetCurrentDirectory(), model)).Path);
    }

    [Theory]
    [InlineData("./nothing")]
    [InlineData("/nothing/at/all")]
    [InlineData("nothing.gguf")]
    [InlineData("org/nothing.gguf")]
    [InlineData("~/nothing-at-all")]
    [InlineData("storis")]
    [InlineData("a b")]
    [InlineData("org/../../etc")]
    public void Resolve_NoModel_SaysThatThereIsNone(string name)
    {
        var failure = Assert.Throws<ExoException>(() => Resolver().Resolve(name));

        Assert.Equal(ExoErrorKind.ModelNotFound, failure.Kind);
        Assert.Contains(name, failure.Message);
    }

    [Fact]
    public void Resolve_MistypedSample_NamesTheSamples()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "samples", "stories"));

        Assert.Contains("stories", Assert.Throws<ExoException>(() => Resolver().Resolve("storis")).Message);
    }

    [Theory]
    [InlineData("org/name")]
    [InlineData("org/name@v1")]
    [InlineData("org/name:Q4_K_M")]
    public void Resolve_HubNameNotInTheStore_HasToBeFetched(string name) =>
        Assert.Equal(ExoErrorKind.ModelNotPulled, Assert.Throws<ExoException>(() => Resolver().Resolve(name)).Kind);

    [Fact]
    public void Resolve_Empty_IsTheCallersMistake() => Assert.Equal(ExoErrorKind.BadRequest, Assert.Throws<ExoException>(() => Resolver().Resolve(" ")).Kind);

    [Theory]
    [InlineData("stories")]
    [InlineData("./folder")]
    [InlineData("a b/c")]
    [InlineData("org/name@")]
    [InlineData("")]
    public void ReferenceOf_WhatIsNotOnTheHub_IsTheCallersMistake(string name)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "samples", "stories"));

        var failure = Assert.Throws<ExoException>(() => Resolver().ReferenceOf(name));

        Assert.Equal(ExoErrorKind.BadRequest, failure.Kind);
        Assert.Equal(name == "stories", failure.Message.Contains("came with the program", StringComparison.Ordinal));
    }

    [Fact]
    public void ReferenceOf_HubName_IsRead() => Assert.Equal("org/name@v1", Resolver().ReferenceOf("org/name@v1").ToString());

    private ModelResolver Resolver() => new(Path.Combine(_folder, "samples"), new Lazy<HubCache>(() => new HubCache(new HubOptions { CacheFolder = Path.Combine(_folder, "hub") })));
}
