using Exo.Grains.Models;

namespace Exo.Grains.Tests.Models;

public sealed class UnloadChoiceTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Fewest_AreTheLeastRecentlyUsed_AndNeverOneInUse()
    {
        ModelUse[] uses = [Use("busy", 1, isInUse: true), Use("new", 4), Use("old", 2), Use("older-but-gone", 0, isDeployed: false), Use("middle", 3)];

        Assert.Equal([], Fewest(uses, gone => true));
        Assert.Equal(["old"], Fewest(uses, gone => gone.Count >= 1));
        Assert.Equal(["old", "middle"], Fewest(uses, gone => gone.Count >= 2));
        Assert.Equal(["old", "middle", "new"], Fewest(uses, gone => gone.Count >= 3));
    }

    [Fact]
    public void Fewest_WhereEvenAllWouldNotDo_AreNone() =>
        Assert.Equal([], Fewest([Use("busy", 1, isInUse: true), Use("old", 2), Use("new", 3)], gone => gone.Contains("busy")));

    [Fact]
    public void Fewest_LeaveOutWhoIsNotInTheWay() =>
        Assert.Equal(["b", "d"], Fewest([Use("a", 1), Use("b", 2), Use("c", 3), Use("d", 4), Use("e", 5)], gone => gone.Contains("b") && gone.Contains("d")));

    [Fact]
    public void IsOver_OnlyWhereAKeepAliveWasAsked()
    {
        Assert.False(UnloadChoice.IsOver(new DeployOptions(), Noon, Noon.AddYears(1)));
        var options = new DeployOptions { KeepAlive = TimeSpan.FromMinutes(5) };
        Assert.False(UnloadChoice.IsOver(options, Noon, Noon.AddMinutes(4)));
        Assert.True(UnloadChoice.IsOver(options, Noon, Noon.AddMinutes(5)));
    }

    private static IEnumerable<string> Fewest(ModelUse[] uses, Func<IReadOnlySet<string>, bool> fits) => UnloadChoice.Fewest(uses, fits).Select(use => use.Model);

    private static ModelUse Use(string model, int minute, bool isInUse = false, bool isDeployed = true) => new(model, isDeployed, isInUse, Noon.AddMinutes(minute));
}
