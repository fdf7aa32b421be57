using System.ClientModel;
using Exo.Api.Http;
using Exo.Api.Local;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;

namespace Exo.Tests.Api.Http.OpenAi;

/// <summary>The official OpenAI .NET client against a server with the sample model.</summary>
public sealed class OpenAiClientTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CompleteChat_AnswersWithUsageAndLogprobs()
    {
        await using var service = new LocalExoService();
        await using var server = await SocketServer.StartAsync(service);
        var client = Client(server).GetChatClient("stories");

        ChatCompletion completion = await client.CompleteChatAsync(
            [new SystemChatMessage("You tell stories."), new UserChatMessage("Tell me of a fox.")],
            new ChatCompletionOptions { MaxOutputTokenCount = 12, Temperature = 0, IncludeLogProbabilities = true, TopLogProbabilityCount = 2, FrequencyPenalty = 0.1f },
            Now);

        Assert.NotEmpty(completion.Content[0].Text);
        Assert.Equal((ChatFinishReason.Length, ChatMessageRole.Assistant, "stories"), (completion.FinishReason, completion.Role, completion.Model));
        Assert.Equal(12, completion.Usage.OutputTokenCount);
        Assert.Equal(completion.Usage.TotalTokenCount, completion.Usage.InputTokenCount + completion.Usage.OutputTokenCount);
        Assert.Equal(12, completion.ContentTokenLogProbabilities.Count);
        Assert.Equal(completion.Content[0].Text, string.Concat(completion.ContentTokenLogProbabilities.Select(token => token.Token)));
        Assert.All(completion.ContentTokenLogProbabilities, token => Assert.Equal(2, token.TopLogProbabilities.Count));
    }

    [Fact]
    public async Task CompleteChatStreaming_SameRequest_StreamsTheSameText()
    {
        await using var service = new LocalExoService();
        await using var server = await SocketServer.StartAsync(service);
        var client = Client(server).GetChatClient("stories");
        ChatMessage[] messages = [new UserChatMessage("Tell me of a fox.")];
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 30, Temperature = 0 };

        ChatCompletion whole = await client.CompleteChatAsync(messages, options, Now);
        var text = "";
        ChatTokenUsage? usage = null;
        ChatFinishReason? reason = null;
        await foreach (var update in client.CompleteChatStreamingAsync(messages, options, Now))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            reason = update.FinishReason ?? reason;
            usage = update.Usage ?? usage;
        }

        Assert.Equal(whole.Content[0].Text, text);
        Assert.Equal(whole.FinishReason, reason);
        Assert.Equal(whole.Usage.TotalTokenCount, usage!.TotalTokenCount); // The client asks for it by itself.
    }

    [Fact]
    public async Task Models_AreListedAndFound()
    {
        await using var service = new LocalExoService();
        await using var server = await SocketServer.StartAsync(service);
        var client = Client(server).GetOpenAIModelClient();

        OpenAIModelCollection models = await client.GetModelsAsync(Now);
        OpenAIModel stories = await client.GetModelAsync("stories", Now);

        Assert.Contains(models, model => model.Id == "stories");
        Assert.Equal("exo", stories.OwnedBy);
    }

    [Fact]
    public async Task Failures_ComeAsTheClientsOwn()
    {
        await using var service = new LocalExoService();
        await using var server = await SocketServer.StartAsync(service, new ServerOptions { ApiKey = "secret" });

        var missing = await Assert.ThrowsAsync<ClientResultException>(() => Client(server, "secret").GetChatClient("no-such-model").CompleteChatAsync([new UserChatMessage("Hi")], null, Now));
        var stranger = await Assert.ThrowsAsync<ClientResultException>(() => Client(server, "wrong").GetChatClient("stories").CompleteChatAsync([new UserChatMessage("Hi")], null, Now));

        Assert.Equal(404, missing.Status);
        Assert.Contains("no-such-model", missing.Message);
        Assert.Equal(401, stranger.Status);
    }

    private static OpenAIClient Client(SocketServer server, string key = "unused") =>
        new(new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(server.Address, "v1") });
}
