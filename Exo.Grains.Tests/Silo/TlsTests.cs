using Exo.Grains.Tests.Silo.Processes;
using Exo.Tests;

namespace Exo.Grains.Tests.Silo;

[Collection(SiloProcesses.Name)]
public sealed class TlsTests
{
    private static readonly TimeSpan InTheEnd = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Join_WithTheClustersCertificate_IsLetInAndWithoutIsNot()
    {
        using var folder = new TempFolder();
        using var authority = new ClusterAuthority(folder, "cluster");
        using var foreign = new ClusterAuthority(folder, "foreign");
        await using var machine = new SiloMachine();
        var first = await machine.StartAsync("a", authority.Options("a"));
        var second = await machine.StartAsync("b", authority.Options("b"));
        await first.SeesAsync(InTheEnd, "a", "b");

        var bare = machine.Begin("c", "--join-wait", "5");
        var stranger = machine.Begin("d", ["--join-wait", "5", .. foreign.Options("d")]);

        foreach (var silo in new[] { bare, stranger })
        {
            Assert.Equal(4, await silo.ExitAsync(InTheEnd));
            Assert.Contains("this silo can't join", silo.Log, StringComparison.Ordinal);
        }
        Assert.Equal(["a", "b"], await first.MembersAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["a", "b"], await second.MembersAsync(TestContext.Current.CancellationToken));
    }
}
