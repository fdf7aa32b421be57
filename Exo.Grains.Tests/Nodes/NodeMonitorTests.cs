using Exo.Api;
using Exo.Grains.Nodes;

namespace Exo.Grains.Tests.Nodes;

/// <summary>A node that has just begun, on a machine so busy that measuring it takes long.</summary>
public sealed class NodeMonitorTests(NodeMonitorTests.OneNode nodes) : IClassFixture<NodeMonitorTests.OneNode>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Node_ThatStillMeasures_SaysSo_AndIsShownAsActive()
    {
        var node = nodes.Grains.GetGrain<INodeGrain>(nodes.Names[0]);

        var before = await node.GetFactsAsync(Token).WaitAsync(Patience, Token);
        var shown = Assert.Single((await nodes.Of<IExoService>(nodes.Names[0]).GetStateAsync(Token)).Nodes);
        nodes.Meter.Measured.SetResult();
        var after = await node.GetFactsAsync(Token).WaitAsync(Patience, Token);

        Assert.True(before.IsMeasuring);
        Assert.Empty(before.Devices);
        Assert.Equal(NodeStatus.Active, shown.Status);
        Assert.False(after.IsMeasuring);
        Assert.Single(after.Devices);
    }

    public sealed class OneNode() : NodesFixture(1)
    {
        internal SlowMeter Meter { get; } = new();

        protected override void Configure(ISiloBuilder silo, string node) => Meter.Register(silo.Services);
    }

    /// <summary>It has measured when a test says so.</summary>
    internal sealed class SlowMeter() : FixedMeter(1L << 30)
    {
        public TaskCompletionSource Measured { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async Task<DeviceFacts> MeasureAsync()
        {
            await Measured.Task;
            return await base.MeasureAsync();
        }
    }
}
