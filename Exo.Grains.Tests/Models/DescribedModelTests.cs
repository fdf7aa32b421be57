using Exo.Api;

namespace Exo.Grains.Tests.Models;

/// <summary>Models of which a node has the small files alone, because somebody asked what they are.</summary>
public sealed class DescribedModelTests(HubPullTests.ThreeNodes nodes) : IClassFixture<HubPullTests.ThreeNodes>
{
    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Show_ModelThatNoNodeHas_MakesItNoModelAtHand()
    {
        var name = nodes.NewModel();
        var service = nodes.Of<IExoService>(nodes.Names[0]);

        Assert.Equal(name, (await service.ShowAsync(name, Cancelled)).Name);

        foreach (var node in nodes.Names) Assert.DoesNotContain(await nodes.Of<IExoService>(node).ListAsync(Cancelled), model => model.Name == name);
        Assert.DoesNotContain((await service.GetStateAsync(Cancelled)).Nodes.SelectMany(node => node.Held), held => held.Model == name);
    }
}
