using System.Globalization;
using Exo.Hub.Transfer;
using Exo.Tests.Hub.Server;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Hub.Transfer;

/// <summary>The threads that give way do so alone: what they throw reaches their master, and nothing inherits their priority.</summary>
public sealed class BulkThreadTests
{
    [Fact]
    public void Work_RunsOnOneOtherThread_OneAfterTheOther()
    {
        using var bulk = new BulkThread("test");
        List<int> threads = [];
        for (var i = 0; i < 3; i++) bulk.Run(() => threads.Add(Environment.CurrentManagedThreadId));
        Assert.Equal(3, threads.Count);
        Assert.Single(threads.Distinct());
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, threads);
    }

    [Fact]
    public void Work_ThatThrows_ThrowsHereAndTheThreadGoesOn()
    {
        using var bulk = new BulkThread("test");
        Assert.Throws<InvalidDataException>(() => bulk.Run(() => throw new InvalidDataException("wrong")));
        var ran = false;
        bulk.Run(() => ran = true);
        Assert.True(ran);
    }

    /// <summary>Linux alone hands a thread's priority down to what it starts.</summary>
    [Fact]
    public async Task Pull_LeavesNoOtherThreadGivingWay()
    {
        if (!OperatingSystem.IsLinux()) return;
        await using var hub = await HubServer.StartAsync();
        hub.Add(Repo, Large(8_000_000), Text("config.json"));
        using var room = new HubRoom(hub, options => options with { MaxConnections = 16, StartConnections = 16 });
        await room.PullAsync();

        // The process's threads with their names and niceness (field 19 of stat, counted after the name's closing parenthesis).
        var lowered = Directory.GetDirectories("/proc/self/task").Select(task => Path.Combine(task, "stat")).Where(File.Exists).Select(TryRead).OfType<string>()
            .Select(stat => (Name: stat[(stat.IndexOf('(') + 1)..stat.LastIndexOf(')')], Niceness: int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16], CultureInfo.InvariantCulture)))
            .Where(thread => thread.Niceness > 0).Select(thread => thread.Name).ToList();

        Assert.DoesNotContain(lowered, name => !name.StartsWith("exo ", StringComparison.Ordinal) && name != "test" && !name.StartsWith(".NET Tiered", StringComparison.Ordinal));
    }

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null; // The thread ended meanwhile.
        }
    }
}
