using Exo.Grains.Models;
using Exo.Grains.Nodes;
using NSubstitute;
using Orleans.Runtime;

namespace Exo.Grains.Tests.Models;

/// <summary>Nodes that don't answer when a placement is made, on a machine that is busy starting them.</summary>
public sealed class NodeCallsTests(NodeCallsTests.TwoNodes nodes) : IClassFixture<NodeCallsTests.TwoNodes>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Facts_WhileNoNodeAnswers_AreAskedForAgain()
    {
        var (silent, late) = (Node(_ => throw new OrleansException("no silo for it yet")), Node(call => call < 3 ? throw new TimeoutException() : Facts(nodes.Names[1])));

        var facts = await Calls(silent, late).FactsAsync(Token);

        Assert.Equal(nodes.Names[1], Assert.Single(facts).Name);
    }

    [Fact]
    public async Task Facts_OfWhoAnswers_DontWaitForTheOthers()
    {
        var calls = 0;
        var (silent, prompt) = (Node(call => { calls = call; throw new TimeoutException(); }), Node(_ => Facts(nodes.Names[1])));

        var facts = await Calls(silent, prompt).FactsAsync(Token);

        Assert.Equal(nodes.Names[1], Assert.Single(facts).Name);
        Assert.Equal(1, calls);
    }

    private static NodeFacts Facts(string name) => new() { Name = name, Devices = [], Version = "1" };

    private static INodeGrain Node(Func<int, NodeFacts> answer)
    {
        var calls = 0;
        var node = Substitute.For<INodeGrain>();
        node.GetFactsAsync(Arg.Any<CancellationToken>()).Returns(_ => Task.FromResult(answer(++calls)));
        return node;
    }

    private NodeCalls Calls(INodeGrain first, INodeGrain second)
    {
        var grains = Substitute.For<IGrainFactory>();
        grains.GetGrain<INodeGrain>(nodes.Names[0]).Returns(first);
        grains.GetGrain<INodeGrain>(nodes.Names[1]).Returns(second);
        return new NodeCalls(nodes.Of<IClusterMembershipService>(nodes.Names[0]), grains, TimeProvider.System);
    }

    public sealed class TwoNodes() : NodesFixture(2);
}
