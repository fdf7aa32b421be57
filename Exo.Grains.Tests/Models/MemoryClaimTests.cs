using Exo.Api;
using Exo.Grains.Models;

namespace Exo.Grains.Tests.Models;

/// <summary>Whom a model has make way, and what is said where nobody helps.</summary>
public sealed class MemoryClaimTests
{
    private const int FullContext = 1024;
    private const int ShortContext = 300;

    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly long FullNeed = SampleRoom.LeastFree(FullContext);
    private static readonly long ShortNeed = SampleRoom.LeastFree(ShortContext);

    /// <summary>Longest unused first.</summary>
    private static readonly ModelUse[] Idle = [Use("a", 1), Use("b", 2), Use("c", 3)];

    [Fact]
    public void Choose_OfAModelThatNeverFits_HasNobodyLeave()
    {
        var input = SampleRoom.Input(new DeployOptions { ContextLength = FullContext }, SampleRoom.Node("one", 0, ("a", FullNeed / 4), ("b", FullNeed / 4)), SampleRoom.Node("two", 0, ("c", 1)));

        Assert.Empty(MemoryClaim.Choose(input, Idle));
        Assert.Equal(ExoErrorKind.OutOfMemory, Refused(input, "a", "b", "c").Kind);
    }

    [Fact]
    public void Choose_WhereOneNodeIsEnough_LeavesTheOthersAlone()
    {
        var input = SampleRoom.Input(new DeployOptions { ContextLength = FullContext }, SampleRoom.Node("small", 0, ("a", 1 << 20)), SampleRoom.Node("large", 0, ("b", FullNeed), ("c", FullNeed)));

        Assert.Equal("b", Assert.Single(MemoryClaim.Choose(input, Idle)).Model);
    }

    [Fact]
    public void Refused_WhereItWouldFitOnceTheOthersHaveAnswered_IsBusy()
    {
        var input = SampleRoom.Input(new DeployOptions { ContextLength = FullContext }, SampleRoom.Node("one", 0, ("a", FullNeed)));

        Assert.Empty(MemoryClaim.Choose(input, [Use("a", 1) with { IsInUse = true }]));
        var refused = Refused(input, "a");
        Assert.Equal(ExoErrorKind.Busy, refused.Kind);
        Assert.Contains("newcomer needs", refused.Message);
    }

    [Fact]
    public void Choose_WhereOnlyAShortContextFits_HasRoomMadeForTheUsualOne()
    {
        var input = SampleRoom.Input(new DeployOptions(), SampleRoom.Node("one", ShortNeed, ("a", 1), ("b", FullNeed - ShortNeed), ("c", FullNeed)));

        Assert.InRange(Placing.Make(input).Deployment!.ContextLength, 256, FullContext - 1);
        Assert.Equal("b", Assert.Single(MemoryClaim.Choose(input, Idle)).Model);
    }

    [Fact]
    public void Choose_WhereEvenAllGiveNoMoreContext_TakesTheShortOne()
    {
        var input = SampleRoom.Input(new DeployOptions(), SampleRoom.Node("one", ShortNeed), SampleRoom.Node("two", 0, ("a", 1)));

        Assert.Empty(MemoryClaim.Choose(input, Idle));
    }

    [Fact]
    public void Choose_AfterALoss_HasRoomMadeForTheContextBefore()
    {
        var input = SampleRoom.Input(new DeployOptions(), SampleRoom.Node("one", ShortNeed, ("a", FullNeed - ShortNeed)));

        Assert.Empty(MemoryClaim.Choose(input with { ContextBefore = ShortContext }, Idle));
        Assert.Equal("a", Assert.Single(MemoryClaim.Choose(input with { ContextBefore = FullContext }, Idle)).Model);
    }

    private static ModelRefusedException Refused(PlacingInput input, params string[] others) => MemoryClaim.Refused(input, others.ToHashSet(), Placing.Make(input).Refusal!);

    private static ModelUse Use(string model, int minute) => new(model, IsDeployed: true, IsInUse: false, Noon.AddMinutes(minute));
}
