using Exo.Api;
using Exo.Api.Local;
using Exo.Hub;

namespace Exo.Tests.Api.Local;

public sealed class FailuresTests
{
    /// <summary>What a server lists is not the caller's mistake; what the caller typed is.</summary>
    [Theory]
    [InlineData(HubError.UnsafeName, ExoErrorKind.BadRequest)]
    [InlineData(HubError.UnsafeFile, ExoErrorKind.InvalidModel)]
    [InlineData(HubError.RepositoryGated, ExoErrorKind.Forbidden)]
    [InlineData(HubError.NotEnoughSpace, ExoErrorKind.DiskFull)]
    public void Translate_OfTheHubsFailures_TellsWhoseTheyAre(HubError error, ExoErrorKind kind)
    {
        var failure = Failures.Translate(new HubException(error, "words"))!;

        Assert.Equal((kind, "words"), (failure.Kind, failure.Message));
    }

    [Fact]
    public void Translate_OfADiskThatDeniesAccess_SaysWhatToDo()
    {
        var failure = Failures.Translate(new UnauthorizedAccessException("Access to the path '/store/hub' is denied."))!;

        Assert.Equal(ExoErrorKind.Failure, failure.Kind);
        Assert.StartsWith("Access to the path '/store/hub' is denied. Check its owner and rights", failure.Message);
    }
}
