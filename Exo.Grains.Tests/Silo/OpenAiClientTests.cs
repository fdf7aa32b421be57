using System.ClientModel;
using Exo.Grains.Tests.Losses.Scenarios;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;

namespace Exo.Grains.Tests.Silo;

/// <summary>The official OpenAI .NET client against a silo, the model being on two of them. It has no call for /v1/completions, whose shape other tests hold.</summary>
[Collection(SiloProcesses.Name)]
public sealed class OpenAiClientTests(OpenAiClientTests.TwoSilos silos) : IClassFixture<OpenAiClientTests.TwoSilos>
{
    private static readonly ChatMessage[] Question = [new SystemChatMessage("You tell stories."), new UserChatMessage("Tell me of a fox.")];

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CompleteChat_StreamedOrWhole_SaysTheSame_WhicheverSiloIsAsked()
    {
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 30, Temperature = 0, IncludeLogProbabilities = true, TopLogProbabilityCount = 2 };

        ChatCompletion whole = await silos.Client("a").GetChatClient("stories").CompleteChatAsync(Question, options, Now);
        var (text, tokens) = ("", 0);
        ChatTokenUsage? usage = null;
        ChatFinishReason? reason = null;
        await foreach (var update in silos.Client("b").GetChatClient("stories").CompleteChatStreamingAsync(Question, options, Now))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            tokens += update.ContentTokenLogProbabilities.Count;
            reason = update.FinishReason ?? reason;
            usage = update.Usage ?? usage;
        }

        Assert.Equal((whole.Content[0].Text, whole.FinishReason), (text, reason));
        Assert.NotEmpty(text);
        Assert.Equal(whole.Usage.OutputTokenCount, tokens);
        Assert.Equal(whole.Usage.OutputTokenCount, whole.ContentTokenLogProbabilities.Count);
        Assert.Equal(whole.Usage.TotalTokenCount, usage!.TotalTokenCount); // The client asks for it by itself.
    }

    [Fact]
    public async Task Models_AreListedAndFound()
    {
        var client = silos.Client("b").GetOpenAIModelClient();

        OpenAIModelCollection models = await client.GetModelsAsync(Now);
        OpenAIModel stories = await client.GetModelAsync("stories", Now);

        Assert.Contains(models, model => model.Id == "stories");
        Assert.Equal("exo", stories.OwnedBy);
    }

    [Fact]
    public async Task CompleteChat_WithAModelThatNobodyHas_FailsWithTheClientsOwnError()
    {
        var client = silos.Client("a").GetChatClient("no-such-model");

        var whole = await Assert.ThrowsAsync<ClientResultException>(() => client.CompleteChatAsync(Question, null, Now));
        var streamed = await Assert.ThrowsAsync<ClientResultException>(async () =>
        {
            await foreach (var _ in client.CompleteChatStreamingAsync(Question, null, Now)) Assert.Fail("there was an answer");
        });

        Assert.Equal((404, 404), (whole.Status, streamed.Status));
        Assert.Contains("no-such-model", whole.Message, StringComparison.Ordinal);
    }

    /// <summary>Half of the sample model on each.</summary>
    public sealed class TwoSilos : IAsyncLifetime
    {
        private readonly SiloCluster _cluster = new();

        public async ValueTask InitializeAsync()
        {
            await Task.WhenAll(_cluster.StartAsync("a"), _cluster.StartAsync("b"));
            await _cluster.SettleAsync("a");
            await _cluster.SettleAsync("b");
            await _cluster.LoadAsync("a", "stories", 2);
        }

        public ValueTask DisposeAsync() => _cluster.DisposeAsync();

        public OpenAIClient Client(string silo) =>
            new(new ApiKeyCredential("unused"), new OpenAIClientOptions { Endpoint = new Uri(_cluster.Silos[silo].Http.BaseAddress!, "v1") });
    }
}
