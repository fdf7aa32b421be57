using System.Net;
using Exo.Grains.Tests.Silo.Processes;

namespace Exo.Grains.Tests.Silo;

[Collection(SiloProcesses.Name)]
public sealed class OneMachineTests
{
    /// <summary>What a person may have to wait. It takes under a second alone on two cores.</summary>
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(3);

    /// <summary>Nothing is measured here: a machine that builds beside the tests is slow.</summary>
    private static readonly TimeSpan InTheEnd = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Start_WithNothingSetUp_AnswersAndShowsTheDashboard()
    {
        await using var machine = new SiloMachine();
        var silo = await machine.BeginBare().UpAsync();

        Assert.Equal(HttpStatusCode.OK, (await silo.Http.GetAsync("/health", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Contains("Orleans Dashboard", await silo.Http.GetStringAsync("/dashboard/", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("/dashboard", silo.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ThreeAtOnceWithNothingSetUp_FormOneClusterUnderNamesOfTheirOwn()
    {
        await using var machine = new SiloMachine();
        var begun = Enumerable.Range(0, 3).Select(_ => machine.BeginBare()).ToArray();
        var silos = await Task.WhenAll(begun.Select(silo => silo.UpAsync()));

        var names = silos.Select(silo => silo.Name).ToArray();
        Assert.Equal(3, names.Distinct().Count());
        foreach (var silo in silos) await silo.SeesAsync(InTheEnd, names);
    }

    [Fact]
    public async Task Kill_TheFirstOfThree_OthersNoticeAndANewOneJoins()
    {
        await using var machine = new SiloMachine();
        var first = await machine.StartAsync("a");
        var second = await machine.StartAsync("b");
        var third = await machine.StartAsync("c");
        await second.SeesAsync(InTheEnd, "a", "b", "c");
        await third.SeesAsync(InTheEnd, "a", "b", "c");

        first.Kill();
        await Task.WhenAll(second.SeesAsync(Noticed, "b", "c"), third.SeesAsync(Noticed, "b", "c"));

        await machine.StartAsync("d");
        await second.SeesAsync(InTheEnd, "b", "c", "d");
        Assert.Contains("node a is lost", second.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Freeze_OneOfTwo_OtherNoticesAndTheFrozenOneEndsItselfOnceItWakes()
    {
        await using var machine = new SiloMachine();
        var sleeper = await machine.StartAsync("a");
        var other = await machine.StartAsync("b");
        await sleeper.SeesAsync(InTheEnd, "a", "b");

        sleeper.Freeze();
        // Two missed probes of at most a second each and a vote: 2.4 s; twice that on a busy machine.
        await other.SeesAsync(2 * Noticed, "b");
        sleeper.Thaw();

        Assert.Equal(75, await sleeper.ExitAsync(InTheEnd));
        Assert.Contains("declared this one dead", sleeper.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kill_All_NextStartHoldsUpForNobody()
    {
        await using var machine = new SiloMachine();
        var silos = new[] { await machine.StartAsync("a"), await machine.StartAsync("b") };
        foreach (var silo in silos) silo.Kill();
        foreach (var silo in silos) await silo.ExitAsync();

        var again = await machine.StartAsync("a", "--join-wait", "10"); // shorter than rows count as fresh

        Assert.Equal(["a"], await again.MembersAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Terminate_OneOfTwo_LeavesInOrder()
    {
        await using var machine = new SiloMachine();
        var leaver = await machine.StartAsync("a");
        var other = await machine.StartAsync("b");
        await other.SeesAsync(InTheEnd, "a", "b");

        leaver.Terminate();

        Assert.Equal(0, await leaver.ExitAsync(InTheEnd));
        await other.SeesAsync(Noticed, "b");
        Assert.Contains("node a leaves", other.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("lost", other.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_UnderANameThatIsTaken_IsRefused()
    {
        await using var machine = new SiloMachine();
        await machine.StartAsync("a");
        var second = machine.Begin("a");

        Assert.Equal(2, await second.ExitAsync(InTheEnd));
        Assert.Contains("--name is 'a': another silo on this machine is called that", second.Log, StringComparison.Ordinal);
    }
}
