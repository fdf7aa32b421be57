using Exo.Api;
using Exo.Api.Local;
using Exo.Hub;
using Exo.Hub.Pulls;
using Exo.Hub.Store;
using Exo.Tests.Hub;
using Exo.Tests.Hub.Server;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Api.Local;

/// <summary>Which file a name opens once several quantisations are in the store, whole and in part.</summary>
public sealed class ModelResolverGgufTests
{
    [Fact]
    public async Task Resolve_VariantWhoseNameIsAPartOfAnothers_IsItsOwnFile()
    {
        await using var hub = await StartAsync("m-BF16.gguf", "m-F16.gguf");
        using var room = new HubRoom(hub);
        await PullAsync(room, "BF16");
        Assert.Equal(ExoErrorKind.ModelNotPulled, Assert.Throws<ExoException>(() => Resolve(room, "F16")).Kind);

        await PullAsync(room, "F16");

        Assert.Equal("m-F16.gguf", Resolve(room, "F16"));
        Assert.Equal("m-BF16.gguf", Resolve(room, "BF16"));
    }

    [Fact]
    public async Task List_NamesEachWholeQuantisation_AsItIsAskedFor()
    {
        await using var hub = await StartAsync("m-Q8_0.gguf", "m-Q4_K_M.gguf");
        using var room = new HubRoom(hub);
        await PullAsync(room, "Q8_0");
        await PullAsync(room, "Q4_K_M");

        await using var service = new LocalExoService(room.Folder, room.Options);
        var listed = Assert.Single(await service.ListAsync(TestContext.Current.CancellationToken), model => model.Kind == StoredModelKind.Pulled);

        Assert.Equal([$"{Repo}:Q4_K_M", $"{Repo}:Q8_0"], listed.Variants!.Select(variant => variant.Name));
        Assert.All(listed.Variants!, variant => Assert.InRange(variant.ByteCount, 1, listed.ByteCount - 1));
        foreach (var variant in listed.Variants!) await service.RemoveAsync(variant.Name, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(await service.ListAsync(TestContext.Current.CancellationToken), model => model.Kind == StoredModelKind.Pulled);
    }

    [Fact]
    public async Task Resolve_NoVariant_BesideAnInterruptedPullOfAnother_IsTheWholeOne()
    {
        const string First = "BF16/m-BF16-00001-of-00002.gguf";
        await using var hub = await StartAsync(First, "BF16/m-BF16-00002-of-00002.gguf", "m-Q4_K_M.gguf");
        using var room = new HubRoom(hub);
        await PullAsync(room, null);
        await PullAsync(room, "BF16", new PullOptions { Include = [First] });

        Assert.Equal("m-Q4_K_M.gguf", Resolve(room, null));
        Assert.Equal(ExoErrorKind.ModelNotPulled, Assert.Throws<ExoException>(() => Resolve(room, "BF16")).Kind);

        await PullAsync(room, "BF16");
        Assert.Equal(First, Resolve(room, "BF16"));
    }

    [Fact]
    public async Task Resolve_BesideSafetensors_IsTheFolderUnlessAVariantIsAsked()
    {
        await using var hub = await StartAsync("model.safetensors", "m-Q8_0.gguf");
        using var room = new HubRoom(hub);
        await PullAsync(room, null);
        await PullAsync(room, "Q8_0");

        Assert.Equal(".", Resolve(room, null));
        Assert.Equal("m-Q8_0.gguf", Resolve(room, "Q8_0"));
    }

    [Fact]
    public async Task Resolve_WhatOtherToolsFetched_IsNeverTheProjector()
    {
        await using var hub = await StartAsync("mmproj-model-F16.gguf", "model-Q8_0.gguf");
        using var room = new HubRoom(hub);
        await room.PullAsync(options: new PullOptions { AllFormats = true });
        Directory.Delete(room.Cache.Reader(Repo).Layout.Manifests, recursive: true); // The list is ours alone.

        Assert.Equal("model-Q8_0.gguf", Resolve(room, null));
        Assert.Equal(ExoErrorKind.ModelNotPulled, Assert.Throws<ExoException>(() => Resolve(room, "F16")).Kind);
    }

    /// <summary>The path in the snapshot; "." for its folder.</summary>
    private static string Resolve(HubRoom room, string? variant)
    {
        var resolver = new ModelResolver(room.Folder, new Lazy<HubCache>(room.Cache));
        return Path.GetRelativePath(room.Cache.List().Single().SnapshotFolder, resolver.Resolve(Name(variant)).Path);
    }

    private static Task PullAsync(HubRoom room, string? variant, PullOptions? options = null) => room.PullAsync(ModelReference.Parse(Name(variant)), options);

    private static string Name(string? variant) => variant is null ? Repo : $"{Repo}:{variant}";

    private static async Task<HubServer> StartAsync(params string[] weights)
    {
        var hub = await HubServer.StartAsync();
        hub.Add(Repo, [Text("config.json"), .. weights.Select((path, index) => new ServedFile(path, new SeededContent((ulong)index + 1, 1000)) { IsLfs = true })]);
        return hub;
    }
}
