using Exo.Grains.Hosting;
using Exo.Grains.Models;

namespace Exo.Grains.Tests.Models;

/// <summary>A node that has room for one model, and beside it for another with a short context only.</summary>
public sealed class UsualContextTests(UsualContextTests.TightNode node) : IClassFixture<UsualContextTests.TightNode>
{
    private const int FullContext = 1024;

    private static readonly DeployOptions AsExoThinks = new() { MaxSequences = 1 };

    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Deploy_WithNoContextAsked_HasIdleModelsMakeWayForTheUsualOne()
    {
        var (first, second) = (node.Grains.GetGrain<IModelGrain>("stories"), node.Grains.GetGrain<IModelGrain>(node.Copy));
        await first.DeployAsync(AsExoThinks, Cancelled);
        Assert.Equal(FullContext, (await first.UntilReadyAsync()).ContextLength);

        await second.DeployAsync(AsExoThinks, Cancelled);

        Assert.Equal(FullContext, (await second.UntilReadyAsync()).ContextLength);
        Assert.Equal(ModelPhase.Idle, (await first.GetAsync(Cancelled)).Phase);
    }

    public sealed class TightNode() : NodesFixture(1)
    {
        private readonly TempFolder _copy = new();

        /// <summary>The sample under another name.</summary>
        public string Copy => _copy.Path;

        protected override ValueTask BeforeAsync()
        {
            foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "models", "stories"))) File.Copy(file, Path.Combine(Copy, Path.GetFileName(file)));
            return ValueTask.CompletedTask;
        }

        protected override NodeOptions Options(string node) => base.Options(node) with { MemoryByteCount = SampleRoom.ByteCount(AsExoThinks) + SampleRoom.LeastFree(300) };

        protected override ValueTask AfterAsync()
        {
            _copy.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
