using Exo.Grains.Models;

namespace Exo.Grains.Tests.Models;

public sealed class UnloadChoiceTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Next_IsTheLeastRecentlyUsed_AndNeverOneInUse()
    {
        ModelUse[] uses = [Use("busy", 1, isInUse: true), Use("old", 2), Use("older-but-gone", 0, isDeployed: false), Use("new", 3)];

        Assert.Equal("old", UnloadChoice.Next(uses, new HashSet<string>())!.Model);
        Assert.Equal("new", UnloadChoice.Next(uses, new HashSet<string> { "old" })!.Model);
        Assert.Null(UnloadChoice.Next(uses, new HashSet<string> { "old", "new" }));
    }

    [Fact]
    public void IsOver_OnlyWhereAKeepAliveWasAsked()
    {
        Assert.False(UnloadChoice.IsOver(new DeployOptions(), Noon, Noon.AddYears(1)));
        var options = new DeployOptions { KeepAlive = TimeSpan.FromMinutes(5) };
        Assert.False(UnloadChoice.IsOver(options, Noon, Noon.AddMinutes(4)));
        Assert.True(UnloadChoice.IsOver(options, Noon, Noon.AddMinutes(5)));
    }

    private static ModelUse Use(string model, int minute, bool isInUse = false, bool isDeployed = true) => new(model, isDeployed, isInUse, Noon.AddMinutes(minute));
}
