using Exo.Grains.Models;
using Exo.Grains.Nodes;

namespace Exo.Grains.Tests.Models;

/// <summary>What `exo place` tells of a cluster's plan.</summary>
public sealed class PlacementReportsTests
{
    private const int LongContext = 16_384;

    [Theory]
    [InlineData(null)]
    [InlineData(2)]
    public void Of_ContextThatWasLeftOpen_CountsKeysAndValuesOfTheContextItTells(int? shards)
    {
        var options = new DeployOptions { MaxSequences = 1, ShardCount = shards };
        var room = SampleRoom.Input(options, Node("a"), Node("b"));
        var open = room with { Cost = room.Cost with { ContextLength = LongContext } };

        var report = PlacementReports.Of(open, Placing.Make(open));
        var asked = open with { Options = options with { ContextLength = report.ContextLength } };
        var named = PlacementReports.Of(asked, Placing.Make(asked));

        if (shards is null) Assert.Equal(LongContext, report.ContextLength);
        Assert.Equal(named.KvByteCount, report.KvByteCount);
        Assert.Equal(report.KvByteCount, report.Shards.Sum(shard => shard.KvByteCount));
    }

    private static NodeFacts Node(string name) => SampleRoom.Node(name, 8L << 30);
}
