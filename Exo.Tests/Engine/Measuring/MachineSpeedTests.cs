using Exo.Engine.Measuring;

namespace Exo.Tests.Engine.Measuring;

public sealed class MachineSpeedTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Clock _clock = new();
    private int _measured;

    private string FilePath => _folder.File("speeds/this.json");

    [Fact]
    public async Task MeasureAsync_OfThisMachine_GivesPlausibleFigures()
    {
        var speed = await MachineSpeed.MeasureAsync(1, _clock).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.InRange(speed.ReadBytesPerSecond, 1e8, 1e13);
        Assert.InRange(speed.OperationsPerSecond, 1e8, 1e13);
        Assert.Equal((1, Environment.MachineName, _clock.Now), (speed.Threads, speed.Machine, speed.MeasuredAt));
    }

    /// <summary>Untouched pages are all the same one of zeros: reading them measures a cache, at three times the memory's speed.</summary>
    [Fact]
    public void BandwidthIsMeasured_OverPagesThatAreThere()
    {
        var before = Environment.WorkingSet;

        using var buffer = MemoryBandwidth.Buffer();

        Assert.InRange(Environment.WorkingSet - before, 200L << 20, long.MaxValue);
    }

    [Fact]
    public async Task GetAsync_WithinItsAge_MeasuresOnceAcrossStarts()
    {
        var first = await GetAsync(4);
        _clock.Now += TimeSpan.FromHours(23);
        var second = await GetAsync(4);

        Assert.Equal(first, second);
        Assert.Equal(1, _measured);
    }

    [Theory]
    [InlineData(24, 4)]
    [InlineData(-1, 4)] // the clock was set back
    [InlineData(0, 2)] // other threads
    public async Task GetAsync_OutOfDateOrOfOtherThreads_MeasuresAnew(int hours, int threads)
    {
        await GetAsync(4);
        _clock.Now += TimeSpan.FromHours(hours);
        await GetAsync(threads);

        Assert.Equal(2, _measured);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"machine\":1}")]
    [InlineData("{\"machine\":\"here\",\"threads\":4,\"readBytesPerSecond\":0,\"operationsPerSecond\":1,\"measuredAt\":\"2026-01-01T00:00:00Z\"}")]
    public async Task GetAsync_DamagedFile_MeasuresAnewAndMendsIt(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, text);

        await GetAsync(4);
        await GetAsync(4);

        Assert.Equal(1, _measured);
    }

    [Fact]
    public async Task GetAsync_FigureOfAnotherMachine_IsNotBelieved()
    {
        await GetAsync(4);
        File.WriteAllText(FilePath, File.ReadAllText(FilePath).Replace(Environment.MachineName, "another"));

        await GetAsync(4);

        Assert.Equal(2, _measured);
    }

    [Fact]
    public async Task GetAsync_FileThatCannotBeWritten_StillAnswers()
    {
        Directory.CreateDirectory(FilePath); // a folder where the file would go

        Assert.Equal(1e10, (await GetAsync(4)).ReadBytesPerSecond);
    }

    [Fact]
    public async Task GetAsync_ManyAtOnce_MeasureOnce()
    {
        var gate = new TaskCompletionSource();
        using var file = new MachineSpeedFile(FilePath, _clock, async (threads, _) =>
        {
            await gate.Task;
            return Figures(threads);
        });

        var asked = Enumerable.Range(0, 8).Select(_ => file.GetAsync(4, TimeSpan.FromDays(1), TestContext.Current.CancellationToken)).ToArray();
        gate.SetResult();
        await Task.WhenAll(asked).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Equal(1, _measured);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<MachineSpeed> GetAsync(int threads)
    {
        using var file = new MachineSpeedFile(FilePath, _clock, (count, _) => Task.FromResult(Figures(count)));
        return await file.GetAsync(threads, TimeSpan.FromDays(1), TestContext.Current.CancellationToken);
    }

    private MachineSpeed Figures(int threads)
    {
        _measured++;
        return new MachineSpeed { Machine = Environment.MachineName, Threads = threads, ReadBytesPerSecond = 1e10, OperationsPerSecond = 1e11, MeasuredAt = _clock.Now };
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
