using Exo.Api;
using Exo.Grains.Models;

namespace Exo.Grains.Tests.Models;

public sealed class LikenessTests
{
    private static readonly Deployment Deployed = new() { Model = "m", Epoch = 1, ContextLength = 4096, MaxSequences = 8, KvBlockCount = 1, Shards = [] };

    [Fact]
    public void IsAlike_WhatIsNotAskedByName_DoesntMatter() =>
        Assert.True(Likeness.IsAlike(new DeployOptions(), new DeployOptions { ContextLength = 4096, Threads = 3, ShardCount = 2, KeepAlive = TimeSpan.FromHours(1) }, Deployed));

    [Fact]
    public void IsAlike_TheContextThatCameOfItself_IsAsGoodAsAsked()
    {
        Assert.True(Likeness.IsAlike(new DeployOptions { ContextLength = 4096 }, new DeployOptions(), Deployed));
        Assert.False(Likeness.IsAlike(new DeployOptions { ContextLength = 4096 }, new DeployOptions(), null));
        Assert.True(Likeness.IsAlike(new DeployOptions { ContextLength = 8192 }, new DeployOptions { ContextLength = 8192 }, Deployed)); // It is being deployed anew.
    }

    [Fact]
    public void Differences_AreToldAsTheyAreNow()
    {
        var has = new DeployOptions { Threads = 3, ShardCount = 2 };
        var asked = new DeployOptions { ContextLength = 512, Threads = 4, ShardCount = 1, Quantization = WeightQuantization.Q8 };

        Assert.Equal(["its weights as they are stored", "a context of 4096 tokens", "3 threads", "2 equal shards"], Likeness.Differences(asked, has, Deployed));
    }
}
