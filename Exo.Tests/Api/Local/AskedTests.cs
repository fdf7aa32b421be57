using Exo.Api;
using Exo.Api.Local;

namespace Exo.Tests.Api.Local;

public sealed class AskedTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, null)]
    [InlineData(null, 0)]
    [InlineData(null, 1_000_000)]
    public async Task Request_ThatNoMachineCouldServe_IsRefusedInWords(int? contextLength, int? threads)
    {
        await using var service = new LocalExoService();

        var load = await RefusedAsync(service.LoadAsync(new LoadRequest { Model = "stories", ContextLength = contextLength, Threads = threads }, Cancelled));
        var answer = await RefusedAsync(service.AnswerAsync(new AnswerRequest { Model = "stories", Text = "A", ContextLength = contextLength, Threads = threads }, Cancelled));

        Assert.Equal(load.Message, answer.Message);
        Assert.Contains($"{contextLength ?? threads}", load.Message, StringComparison.Ordinal);
        Assert.Empty(await service.ListLoadedAsync(Cancelled));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(null, 0)]
    [InlineData(null, int.MaxValue)]
    public async Task Placement_ThatNoMachineCouldGive_IsRefusedInWords(int? contextLength, int? sequences)
    {
        await using var service = new LocalExoService();

        var refused = await Assert.ThrowsAsync<ExoException>(() => service.PlaceAsync(new PlaceRequest { Model = "stories", ContextLength = contextLength, Sequences = sequences }, Cancelled));

        Assert.Equal(ExoErrorKind.BadRequest, refused.Kind);
    }

    [Theory]
    [InlineData(1, 4, true)]
    [InlineData(1, 5, false)]
    [InlineData(64, 256, true)]
    [InlineData(64, null, true)]
    public void Threads_AreBoundedByTheCores(int cores, int? threads, bool may) => Assert.Equal(may, Asked.Threads(threads, cores) is null);

    private static async Task<ExoException> RefusedAsync<T>(IAsyncEnumerable<T> items)
    {
        var refused = await Assert.ThrowsAsync<ExoException>(async () =>
        {
            await foreach (var _ in items) Cancelled.ThrowIfCancellationRequested();
        });
        Assert.Equal(ExoErrorKind.BadRequest, refused.Kind);
        return refused;
    }
}
