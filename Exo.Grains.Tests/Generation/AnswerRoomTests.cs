using System.Text.Json;
using Exo.Api;
using Exo.Grains.Generation;
using Exo.Grains.Models;
using static Exo.Grains.Tests.Generation.ChainFixture;

namespace Exo.Grains.Tests.Generation;

/// <summary>Answers that go on under another context than they began with: a deployment here has 256 tokens.</summary>
public sealed class AnswerRoomTests(ChainFixture nodes) : IClassFixture<ChainFixture>
{
    private static readonly AnswerRequest Endless = new()
    {
        Model = Stories,
        Text = "Once upon a time",
        Sampling = new() { Temperature = 0, Seed = 1 },
        LogitBias = new Dictionary<int, float> { [1] = -100 },
    };

    [Fact]
    public async Task Answer_WhoseTokensHaveNoRoomAnyMore_IsRefusedInWords()
    {
        var refused = await Assert.ThrowsAsync<ModelRefusedException>(() => GoOnAsync(Endless, began: 512, known: 300));

        Assert.Equal(ExoErrorKind.OutOfMemory, refused.Kind);
        Assert.Contains("of the 512 tokens", refused.Message);
        Assert.Contains("memory for 256", refused.Message);
        Assert.Contains(nodes.Names[0], refused.Message);
    }

    [Fact]
    public async Task Answer_ThatWouldEndSoonerThanItWould_EndsWithTheReason()
    {
        var refused = await Assert.ThrowsAsync<ModelRefusedException>(() => GoOnAsync(Endless, began: 512, known: 10));

        Assert.Equal(ExoErrorKind.OutOfMemory, refused.Kind);
    }

    [Theory]
    [InlineData(512, 40)] // It asked for no more than there is room for.
    [InlineData(100, null)] // It ends where it would have ended, though there is more room now.
    [InlineData(256, null)]
    public async Task Answer_EndsWhereItWouldHave(int began, int? maxTokens)
    {
        var answer = await GoOnAsync(Endless with { MaxTokens = maxTokens }, began, known: 10);

        var prompt = answer[0].PromptTokens!.Value;
        Assert.Equal(FinishReason.Length, answer[^1].FinishReason);
        Assert.Equal(maxTokens ?? began - prompt, answer.Sum(part => part.Tokens.Count));
    }

    private async Task<List<AnswerEvent>> GoOnAsync(AnswerRequest request, int began, int known)
    {
        var deployment = await nodes.DeployAsync(Stories, nodes.Names[0]);
        var call = new AnswerCall(JsonSerializer.Serialize(request, ExoJson.Default.AnswerRequest), [.. Enumerable.Repeat(5, known)], ContextLength: began);
        var parts = new List<AnswerEvent>();
        await foreach (var part in nodes.Driver(deployment).AnswerAsync(call, Token)) parts.Add(JsonSerializer.Deserialize(part.EventJson, ExoJson.Default.AnswerEvent)!);
        return parts;
    }
}
