using Exo.Engine.Backends;
using Exo.Engine.Measuring;
using Exo.Tests.Engine.Cpu;

namespace Exo.Tests.Engine.Measuring;

public sealed class BenchmarkPlanTests
{
    private static readonly BenchmarkSizes Usual = new();

    [Fact]
    public void For_RoomEnough_IsEverySize()
    {
        var plan = BenchmarkPlan.For(Usual, RandomModel.MakeSpec() with { ContextLength = 8192 }, long.MaxValue);

        Assert.Equal(12, plan.Rows.Count);
        Assert.Empty(plan.LeftOut);
        Assert.Equal(new BenchmarkRow(128, 0, 1), plan.Rows[0]);
        Assert.Contains(new BenchmarkRow(0, 4096, 8), plan.Rows);
        Assert.Equal(8 * KvBlock.CountFor(4096 + BenchmarkPlan.DecodeTokens + 1), plan.BlockCount);
    }

    [Fact]
    public void For_SizesBeyondTheContext_LeavesThemOutAndSaysWhy()
    {
        var plan = BenchmarkPlan.For(Usual, RandomModel.MakeSpec() with { ContextLength = 2048 }, long.MaxValue);

        Assert.Equal(9, plan.Rows.Count);
        Assert.Contains(plan.Rows, row => row.Prompt == 2048);
        Assert.Equal(3, plan.LeftOut.Count);
        Assert.All(plan.LeftOut, left => Assert.Equal((4096, "the model was made for 2048 tokens"), (left.Row.Context, left.Reason)));
    }

    [Fact]
    public void For_LittleMemory_LeavesOutWhatDoesNotFit()
    {
        var plan = BenchmarkPlan.For(Usual, RandomModel.MakeSpec() with { ContextLength = 8192 }, blockLimit: 64);

        Assert.Equal(64, plan.BlockCount);
        Assert.All(plan.LeftOut, left => Assert.Equal("no memory for its keys and values", left.Reason));
        Assert.Contains(plan.LeftOut, left => left.Row is { Context: 512, Batch: 4 });
    }

    [Fact]
    public void For_TheSameSizeTwice_MeasuresItOnce() =>
        Assert.Equal(2, BenchmarkPlan.For(new BenchmarkSizes { Prompts = [8, 8], Contexts = [0], Batches = [1] }, RandomModel.MakeSpec(), long.MaxValue).Rows.Count);

    [Fact]
    public void Find_ProcessorFile_GivesTheFirstName()
    {
        Assert.Equal("AMD EPYC: 4th", ProcessorName.Find(["processor\t: 0", "model name\t: AMD EPYC: 4th", "model name\t: another"]));
        Assert.Null(ProcessorName.Find(["processor : 0", "model name :"]));
    }
}
