using Exo.Api.Local;
using Exo.Hub;

namespace Exo.Tests.Api.Local;

public sealed class RemovalScopeTests
{
    private static readonly string Commit = new('a', 40);

    [Theory]
    [InlineData("org/m", "org/m", true)]
    [InlineData("org/m", "Org/M@v1", true)]
    [InlineData("org/m", "org/m:Q8_0", true)]
    [InlineData("org/m", "org/other", false)]
    [InlineData("org/m:Q4_0", "org/m:q4_0@v1", true)]
    [InlineData("org/m:Q4_0", "org/m:Q8_0", false)]
    [InlineData("org/m:Q4_0", "org/m", true)] // Which quantisation that is, nobody knows here.
    [InlineData("org/m@v1", "org/m@v1", true)]
    [InlineData("org/m@v1", "org/m", false)]
    public void Touches_ByName(string removed, string other, bool touches) =>
        Assert.Equal(touches, Scope(removed, commit: null).Touches(ModelReference.Parse(other), commit: null));

    [Fact]
    public void Touches_ACommitByItsOtherName()
    {
        var scope = Scope("org/m@v1", Commit);

        Assert.True(scope.Touches(ModelReference.Parse("org/m"), Commit));
        Assert.False(scope.Touches(ModelReference.Parse("org/m"), new string('b', 40)));
    }

    private static RemovalScope Scope(string name, string? commit) => new(ModelReference.Parse(name), !name.Contains('@'), commit);
}
