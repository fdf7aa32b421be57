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
    public async Task Facts_OfWhoAnswers_DontWaitForeverForTheOthers()
    {
        var (silent, prompt) = (Node(_ => throw new TimeoutException()), Node(_ => Facts(nodes.Names[1])));

        var facts = await Calls(silent, prompt).FactsAsync(Token);

        Assert.Equal(nodes.Names[1], Assert.Single(facts).Name);
    }

    /// <summary>It would be planned without, and is a full member.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Facts_WhoseFirstCallIsLost_AreAskedForAgain(bool isNeverAnswered)
    {
        var lost = isNeverAnswered ? new TaskCompletionSource<NodeFacts>().Task : Task.FromException<NodeFacts>(new OrleansException("on its way"));
        var (late, prompt) = (NodeOf(call => call < 2 ? lost : Task.FromResult(Facts(nodes.Names[0]))), Node(_ => Facts(nodes.Names[1])));

        var facts = await Calls(late, prompt).FactsAsync(Token);

        Assert.Equal(nodes.Names, facts.Select(node => node.Name));
    }

    [Fact]
    public async Task Facts_OfANodeThatStillMeasures_AreWaitedFor()
    {
        var (measuring, prompt) = (Node(call => Facts(nodes.Names[0]) with { IsMeasuring = call < 10 }), Node(_ => Facts(nodes.Names[1])));

        var facts = await Calls(measuring, prompt).FactsAsync(Token);

        Assert.Equal(nodes.Names, facts.Where(node => !node.IsMeasuring).Select(node => node.Name));
    }

    [Fact]
    public async Task Glance_ShowsANodeThatStillMeasures_AndAsksOnce()
    {
        var calls = 0;
        var (silent, measuring) = (Node(call => { calls = call; throw new TimeoutException(); }), Node(_ => Facts(nodes.Names[1]) with { IsMeasuring = true }));

        var facts = await Calls(silent, measuring).GlanceAsync(Token);

        Assert.Equal(nodes.Names[1], Assert.Single(facts).Name);
        Assert.Equal(1, calls);
    }

    private static NodeFacts Facts(string name) => new() { Name = name, Devices = [], Version = "1" };

    private static INodeGrain Node(Func<int, NodeFacts> answer) => NodeOf(call => Task.FromResult(answer(call)));

    private static INodeGrain NodeOf(Func<int, Task<NodeFacts>> answer)
    {
        var calls = 0;
        var node = Substitute.For<INodeGrain>();
        node.GetFactsAsync(Arg.Any<CancellationToken>()).Returns(_ => answer(++calls));
        return node;
    }

    private NodeCalls Calls(INodeGrain first, INodeGrain second)
    {
        var grains = Substitute.For<IGrainFactory>();
        grains.GetGrain<INodeGrain>(nodes.Names[0]).Returns(first);
        grains.GetGrain<INodeGrain>(nodes.Names[1]).Returns(second);
        return new NodeCalls(nodes.Of<IClusterMembershipService>(nodes.Names[0]), grains, new FastTime());
    }

    public sealed class TwoNodes() : NodesFixture(2);
}
