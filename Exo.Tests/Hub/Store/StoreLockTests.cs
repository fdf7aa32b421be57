using Exo.Hub.Store;

namespace Exo.Tests.Hub.Store;

/// <summary>One holder at a time, also against other machines, and nothing left after a crash.</summary>
public sealed class StoreLockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("exo-lock-").FullName;

    private string LockPath => Path.Combine(_folder, "models--a--b", "hash.lock");

    [Fact]
    public void TryTake_WhileHeld_IsRefusedAndAfterwardsGiven()
    {
        using (var held = StoreLock.TryTake(LockPath, TimeProvider.System))
        {
            Assert.NotNull(held);
            Assert.Null(StoreLock.TryTake(LockPath, TimeProvider.System));
        }
        using var again = StoreLock.TryTake(LockPath, TimeProvider.System);
        Assert.NotNull(again);
    }

    [Theory]
    [InlineData("elsewhere", 5, false)]
    [InlineData("elsewhere", 120, true)]
    [InlineData(null, 5, true)]
    public void TryTake_WithALeaseLeft_BelievesOnlyAFreshOneOfAnotherMachine(string? host, int secondsOld, bool given)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(LockPath)!);
        File.WriteAllText(LockPath + ".lease", $$"""{"host":"{{host ?? Environment.MachineName}}","process":1}""");
        File.SetLastWriteTimeUtc(LockPath + ".lease", DateTime.UtcNow.AddSeconds(-secondsOld));

        using var taken = StoreLock.TryTake(LockPath, TimeProvider.System);

        Assert.Equal(given, taken is not null);
    }

    [Fact]
    public async Task TakeAsync_WaitsForTheHolder()
    {
        var held = StoreLock.TryTake(LockPath, TimeProvider.System)!;
        var asked = new TaskCompletionSource();
        var waiting = StoreLock.TakeAsync(LockPath, () => { asked.TrySetResult(); return false; }, TimeProvider.System, CancellationToken.None);
        await asked.Task;
        Assert.False(waiting.IsCompleted);

        held.Dispose();

        using var taken = await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.NotNull(taken);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
