using Exo.Api;
using Exo.Api.Local;
using Exo.Hub;

namespace Exo.Tests.Api.Local;

/// <summary>A model of the store that is in memory keeps its files, as on a cluster.</summary>
public sealed class RemoveLoadedTests
{
    private static readonly string Commit = new('a', 40);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("org/name")]
    [InlineData("org/name@main")]
    public async Task Remove_ModelInMemory_IsRefusedUntilItIsUnloaded(string name)
    {
        using var store = Store();
        await using var service = new LocalExoService(hubOptions: new HubOptions { CacheFolder = store.Path });
        await foreach (var _ in service.LoadAsync(new LoadRequest { Model = "org/name" }, Cancelled))
        {
            // Until it is there.
        }

        var refused = await Assert.ThrowsAsync<ExoException>(() => service.RemoveAsync(name, Cancelled));

        Assert.Equal(ExoErrorKind.Busy, refused.Kind);
        Assert.Contains("'exo stop org/name' frees it", refused.Message);
        Assert.Contains(await service.ListAsync(Cancelled), model => model is { Name: "org/name", Complete: true });

        await service.UnloadAsync("org/name", Cancelled);
        await service.RemoveAsync(name, Cancelled);
        Assert.DoesNotContain(await service.ListAsync(Cancelled), model => model.Name == "org/name");
    }

    /// <summary>The sample model as another tool would have pulled it.</summary>
    private static TempFolder Store()
    {
        var store = new TempFolder();
        var snapshot = Directory.CreateDirectory(store.File($"models--org--name/snapshots/{Commit}")).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "models", "stories"))) File.Copy(file, Path.Combine(snapshot, Path.GetFileName(file)));
        Directory.CreateDirectory(store.File("models--org--name/refs"));
        store.Write("models--org--name/refs/main", Commit);
        return store;
    }
}
