using Exo.Engine.Weights;
using Exo.Engine.Weights.Safetensors;

namespace Exo.Tests.Engine.Weights;

public sealed class WeightPrefetchTests
{
    /// <summary>Larger than a chunk, so that several are in flight.</summary>
    private static readonly WrittenTensor Large = new("large", "F32", [3, 1 << 20], new byte[12 << 20]);

    [Fact]
    public async Task Completion_OfAPrefetchLeftAlone_ComesWithEveryByteDone()
    {
        using var folder = new TempFolder();
        folder.Write("model.safetensors", SafetensorsBytes.Of(Large, WrittenTensor.Counting("small", "F32", [3]), new WrittenTensor("none", "F32", [0], [])));
        using var source = SafetensorsSource.Open(folder.Path);
        using var prefetch = WeightPrefetch.Start(source.Names.Select(name => source.Find(name)!));

        await prefetch.Completion.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        Assert.Equal((12 << 20) + 12, prefetch.ByteCount);
        Assert.Equal(prefetch.ByteCount, prefetch.DoneByteCount);
    }

    [Fact]
    public async Task Start_WithTheTokenAlreadyCancelled_TouchesNothing()
    {
        using var folder = new TempFolder();
        folder.Write("model.safetensors", SafetensorsBytes.Of(Large));
        using var source = SafetensorsSource.Open(folder.Path);
        using var prefetch = WeightPrefetch.Start([source.Find("large")!], workers: 2, new CancellationToken(canceled: true));

        await prefetch.Completion.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        Assert.Equal(0, prefetch.DoneByteCount);
    }

    [Fact]
    public void Dispose_AtOnce_StopsBeforeTheSourceGoes()
    {
        using var folder = new TempFolder();
        folder.Write("model.safetensors", SafetensorsBytes.Of(Large));
        for (var i = 0; i < 3; i++)
        {
            using var source = SafetensorsSource.Open(folder.Path);

            // Terabytes of pages that are in memory already: minutes of work.
            var prefetch = WeightPrefetch.Start(Enumerable.Repeat(source.Find("large")!, 1_000_000));
            prefetch.Dispose();

            Assert.True(prefetch.Completion.IsCompletedSuccessfully);
            Assert.True(prefetch.DoneByteCount < prefetch.ByteCount, "it ran to its end: nothing was stopped");
        }
    }
}
