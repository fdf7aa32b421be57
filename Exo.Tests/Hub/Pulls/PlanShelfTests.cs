using Exo.Hub.Pulls;

namespace Exo.Tests.Hub.Pulls;

public sealed class PlanShelfTests
{
    private readonly ManualTime _time = new();
    private readonly PlanShelf<string> _shelf;

    public PlanShelfTests() => _shelf = new PlanShelf<string>(_time);

    [Fact]
    public void Take_OfAKeptPlan_GivesItOnce()
    {
        Keep("a:1");
        Keep("b:1");

        Assert.Equal("b:1", Take("b"));
        Assert.Null(Take("b"));
        Assert.Equal("a:1", Take("a"));
    }

    [Fact]
    public void Keep_OfTheSameAgain_ReplacesTheFirst()
    {
        Keep("a:1");
        Keep("a:2");

        Assert.Equal("a:2", Take("a"));
        Assert.Null(Take("a"));
    }

    [Fact]
    public void Take_AfterItsLifetime_GivesNothing()
    {
        Keep("a:1");
        _time.Advance(PlanShelf<string>.Lifetime / 2);
        Keep("b:1");
        _time.Advance(PlanShelf<string>.Lifetime / 2 + TimeSpan.FromMilliseconds(1));

        Assert.Null(Take("a"));
        Assert.Equal("b:1", Take("b"));
    }

    private void Keep(string plan) => _shelf.Keep(plan, kept => kept[0] == plan[0]);

    private string? Take(string name) => _shelf.Take(kept => kept.StartsWith(name, StringComparison.Ordinal));
}
