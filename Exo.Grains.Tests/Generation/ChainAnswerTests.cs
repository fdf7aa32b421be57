using Exo.Api;
using Exo.Api.Local;
using Exo.Grains.Shards;
using static Exo.Grains.Tests.Generation.ChainFixture;

namespace Exo.Grains.Tests.Generation;

/// <summary>A chain of shards on silos answers as one machine does, bit for bit.</summary>
public sealed class ChainAnswerTests(ChainFixture nodes) : IClassFixture<ChainFixture>
{
    private static readonly AnswerRequest Story = new()
    {
        Model = Stories,
        Text = "Once upon a time",
        Sampling = new() { Temperature = 0.9f, Seed = 7, RepeatPenalty = 1.1f },
        MaxTokens = 40,
        TopLogprobs = 3,
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Answer_OverShards_EqualsOneMachineBitForBit(int shards)
    {
        await using var alone = new LocalExoService();
        var expected = await AllAsync(alone.AnswerAsync(Story, Token));

        var deployment = await nodes.DeployAsync(Stories, [.. nodes.Names.Take(shards)]);
        var answer = await AllAsync(nodes.AnswerAsync(deployment, Story));

        AssertSame(expected, answer);
    }

    [Fact]
    public async Task Answer_SeveralAtOnce_EachEqualsItselfAlone()
    {
        var deployment = await nodes.DeployAsync(Stories, [.. nodes.Names.Take(3)]);
        var requests = Enumerable.Range(0, 6).Select(i => Story with { Sampling = Story.Sampling with { Seed = (ulong)i } }).ToArray();
        var alone = new List<List<AnswerEvent>>();
        foreach (var request in requests) alone.Add(await AllAsync(nodes.AnswerAsync(deployment, request)));

        var together = await Task.WhenAll(requests.Select(request => AllAsync(nodes.AnswerAsync(deployment, request))));

        for (var i = 0; i < requests.Length; i++) AssertSame(alone[i], together[i]);
        Assert.Equal(0, (await nodes.Driver(deployment).GetLoadAsync(Token)).KvBlocksInUse);
    }

    [Fact]
    public async Task Answer_Left_FreesItsKvBlocks()
    {
        var deployment = await nodes.DeployAsync(Stories, [.. nodes.Names.Take(3)]);
        await foreach (var part in nodes.AnswerAsync(deployment, Story with { MaxTokens = null }))
        {
            if (part.Tokens.Count > 0) break;
        }

        var load = await nodes.Driver(deployment).GetLoadAsync(Token);
        Assert.Equal((0, 0, 0), (load.KvBlocksInUse, load.Running, load.StepsInFlight));
    }

    [Fact]
    public async Task Answer_Cancelled_IsFreedOnEverySiloWithinASecond()
    {
        var deployment = await nodes.DeployAsync(Stories, [.. nodes.Names.Take(3)]);
        var call = new Grains.Generation.AnswerCall(System.Text.Json.JsonSerializer.Serialize(Story with { MaxTokens = null, LogitBias = new Dictionary<int, float> { [1] = -100 } }, ExoJson.Default.AnswerRequest), []);
        CancellationTokenSource leaving;
        Task reading;
        do
        {
            // One that has ended before anybody looked, as on a machine that has other things to do, is asked for again.
            leaving = CancellationTokenSource.CreateLinkedTokenSource(Token);
            reading = ReadAsync(leaving.Token);
            while (!reading.IsCompleted && (await nodes.Driver(deployment).GetLoadAsync(Token)).KvBlocksInUse == 0) await Task.Yield();
        }
        while (reading.IsCompletedSuccessfully);

        var since = System.Diagnostics.Stopwatch.StartNew();
        await leaving.CancelAsync();
        while (await IsBusyAsync(deployment)) Assert.True(since.Elapsed < TimeSpan.FromSeconds(1), $"still busy {since.Elapsed.TotalMilliseconds:0} ms after the cancellation");
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(1), $"freed only after {since.Elapsed.TotalMilliseconds:0} ms");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);

        async Task ReadAsync(CancellationToken cancellationToken)
        {
            await foreach (var _ in nodes.Driver(deployment).AnswerAsync(call, cancellationToken)) Token.ThrowIfCancellationRequested();
        }
    }

    private async Task<bool> IsBusyAsync(Grains.Models.Deployment deployment)
    {
        var load = await nodes.Driver(deployment).GetLoadAsync(Token);
        if ((load.KvBlocksInUse, load.Running, load.StepsInFlight) != (0, 0, 0)) return true;
        for (var shard = 0; shard < deployment.Shards.Length; shard++)
            if ((await nodes.Shard(deployment, shard).GetStateAsync(Token)).QueuedSteps > 0) return true;
        return false;
    }

    [Fact]
    public async Task Answer_BadRequest_IsRefusedInWords()
    {
        var deployment = await nodes.DeployAsync(Stories, nodes.Names[0]);

        var refused = await Assert.ThrowsAsync<Exo.Grains.Models.ModelRefusedException>(() => AllAsync(nodes.AnswerAsync(deployment, Story with { MaxTokens = -1 })));

        Assert.Equal((ExoErrorKind.BadRequest, "max_tokens can't be -1"), (refused.Kind, refused.Message));
    }

    [Fact]
    public async Task Answer_BegunAgainFromItsTokens_TellsTheSame()
    {
        var deployment = await nodes.DeployAsync(Stories, [.. nodes.Names.Take(2)]);
        var whole = await AllAsync(nodes.AnswerAsync(deployment, Story));
        var ids = whole.SelectMany(part => part.Tokens).Select(token => token.Id).ToArray();
        foreach (var known in (int[])[0, 1, 2, ids.Length / 2, ids.Length - 1, ids.Length])
        {
            var soFar = new Exo.Grains.Cluster.AnswerSoFar();
            var resumed = new List<AnswerEvent>();
            foreach (var part in whole)
            {
                if (soFar.Tokens.Count >= known) break;
                resumed.Add(soFar.Take(part)!);
            }

            soFar.BeginRun();
            await foreach (var part in nodes.AnswerAsync(deployment, Story, [.. soFar.Tokens]))
            {
                if (soFar.Take(part) is { } fresh) resumed.Add(fresh);
            }

            AssertSame(whole, resumed);
        }
    }

    [Fact]
    public async Task Forward_EpochOver_IsRefused()
    {
        var first = await nodes.DeployAsync(Stories, nodes.Names[0]);
        var second = await nodes.DeployAsync(Stories, nodes.Names[0]);

        Assert.Equal(ShardPhase.Absent, (await nodes.Shard(first, 0).GetStateAsync(Token)).Phase);
        await Assert.ThrowsAsync<ShardLostException>(() => nodes.Shard(first, 0).LoadAsync(first, Token));
        await Assert.ThrowsAsync<ShardLostException>(() => AllAsync(nodes.AnswerAsync(first, Story)));
        Assert.NotEmpty(await AllAsync(nodes.AnswerAsync(second, Story)));
    }

    internal static void AssertSame(IReadOnlyList<AnswerEvent> expected, IReadOnlyList<AnswerEvent> actual)
    {
        Assert.Equal(Tokens(expected), Tokens(actual));
        Assert.Equal(string.Concat(expected.Select(part => part.Text)), string.Concat(actual.Select(part => part.Text)));
        Assert.Equal(expected[^1].FinishReason, actual[^1].FinishReason);

        static IEnumerable<string> Tokens(IEnumerable<AnswerEvent> parts) => parts
            .SelectMany(part => part.Tokens)
            .Select(token => $"{token.Id} {token.Logprob:R} {string.Join(' ', token.TopLogprobs.Select(top => $"{top.Id}:{top.Logprob:R}"))}");
    }
}
