using System.Net;
using Exo.Api;
using Exo.Tests.Client;

namespace Exo.Tests.Api.Http.OpenAi;

/// <summary>/v1/chat/completions: what is understood, what is refused, and the shapes of the answer.</summary>
public sealed class ChatTests
{
    private const string Path = "/v1/chat/completions";
    private const string Messages = """ "messages":[{"role":"user","content":"Hi"}] """;

    [Fact]
    public async Task Answer_Whole_HasOpenAisShape()
    {
        await using var face = await FaceServer.StartAsync();

        var reply = await face.PostAsync(Path, $$"""{"model":"m",{{Messages}}}""");

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        var choice = reply.Json.GetProperty("choices")[0];
        Assert.Equal("Hello, you.", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("assistant", choice.GetProperty("message").GetProperty("role").GetString());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.Equal("chat.completion", reply.Json.GetProperty("object").GetString());
        Assert.StartsWith("chatcmpl-", reply.Json.GetProperty("id").GetString());
        Assert.StartsWith("exo-", reply.Json.GetProperty("system_fingerprint").GetString());
        var usage = reply.Json.GetProperty("usage");
        Assert.Equal((7, 4, 11), (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("total_tokens").GetInt32()));
    }

    [Fact]
    public async Task Answer_Streamed_SaysTheSameInParts()
    {
        await using var face = await FaceServer.StartAsync();

        var reply = await face.PostAsync(Path, $$$"""{"model":"m",{{{Messages}}},"stream":true,"stream_options":{"include_usage":true}}""");

        Assert.Equal("text/event-stream", reply.MediaType);
        Assert.Equal("[DONE]", reply.Data[^1]);
        var chunks = reply.Records;
        Assert.Equal("assistant", chunks[0].GetProperty("choices")[0].GetProperty("delta").GetProperty("role").GetString());
        var parts = chunks.SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray()).ToArray();
        Assert.Equal("Hello, you.", string.Concat(parts.Select(part => part.GetProperty("delta").TryGetProperty("content", out var text) ? text.GetString() : "")));
        Assert.Equal("stop", Assert.Single(parts, part => part.GetProperty("finish_reason").ValueKind != System.Text.Json.JsonValueKind.Null).GetProperty("finish_reason").GetString());
        Assert.Single(chunks.Select(chunk => chunk.GetProperty("id").GetString()).Distinct());
        Assert.Equal(11, chunks[^1].GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.Empty(chunks[^1].GetProperty("choices").EnumerateArray());
        Assert.All(chunks[..^1], chunk => Assert.False(chunk.TryGetProperty("usage", out _)));
    }

    [Fact]
    public async Task Question_EveryFieldThatIsServed_ReachesTheModel()
    {
        await using var face = await FaceServer.StartAsync();

        var reply = await face.PostAsync(Path, """
            {"model":"m","messages":[{"role":"developer","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}],
             "temperature":0.5,"top_p":0.9,"top_k":40,"min_p":0.1,"repetition_penalty":1.1,"presence_penalty":0.2,"frequency_penalty":0.3,"seed":-1,
             "max_completion_tokens":9,"stop":["x","y"],"logit_bias":{"5":-100},"logprobs":true,"top_logprobs":2,"n":1,"user":"u","store":false,"tools":[],"response_format":{"type":"text"}}
            """);

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        var asked = Assert.Single(face.Fake.Asked);
        Assert.Equal([new ChatMessage("system", "Be brief."), new("user", "ab")], asked.Messages);
        Assert.Equal(
            new SamplingSettings { Temperature = 0.5f, TopP = 0.9f, TopK = 40, MinP = 0.1f, RepeatPenalty = 1.1f, PresencePenalty = 0.2f, FrequencyPenalty = 0.3f, Seed = ulong.MaxValue },
            asked.Sampling);
        Assert.Equal((9, 2, 0), (asked.MaxTokens!.Value, asked.TopLogprobs, asked.PromptTopLogprobs!.Value));
        Assert.Equal(["x", "y"], asked.Stop);
        Assert.Equal(-100, asked.LogitBias![5]);
        Assert.Equal(4, reply.Json.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content").GetArrayLength());
    }

    [Theory]
    [InlineData("\"tools\":[{\"type\":\"function\"}]", "tools")]
    [InlineData("\"tool_choice\":\"required\"", "tool_choice")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "response_format")]
    [InlineData("\"guided_json\":{}", "guided_json")]
    [InlineData("\"top_logprobs\":3", "top_logprobs")]
    [InlineData("\"logprobs\":true,\"top_logprobs\":1000", "top_logprobs")]
    [InlineData("\"n\":0", "n")]
    [InlineData("\"n\":100000", "n")]
    [InlineData("\"max_tokens\":-1", "max_tokens")]
    [InlineData("\"max_completion_tokens\":-1", "max_completion_tokens")]
    [InlineData("\"temperature\":-1", "temperature")]
    [InlineData("\"top_p\":2", "top_p")]
    [InlineData("\"repetition_penalty\":0", "repetition_penalty")]
    [InlineData("\"max_tokens\":1,\"max_completion_tokens\":2", "max_tokens")]
    [InlineData("\"stop\":5", "stop")]
    [InlineData("\"logit_bias\":{\"word\":1}", "logit_bias")]
    [InlineData("\"temperature\":\"hot\"", "temperature")]
    [InlineData("\"n\":99999999999", "n")]
    [InlineData("\"stream\":1", "stream")]
    [InlineData("\"audio\":{\"voice\":\"alloy\"}", "audio")]
    public async Task Question_FieldThatWouldChangeTheAnswer_IsRefusedByName(string field, string name)
    {
        await using var face = await FaceServer.StartAsync();

        var reply = await face.PostAsync(Path, $$"""{"model":"m",{{Messages}},{{field}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal(name, reply.Error.GetProperty("param").GetString());
        Assert.Equal("invalid_request_error", reply.Error.GetProperty("type").GetString());
        Assert.Contains($"'{name}'", reply.Error.GetProperty("message").GetString());
        Assert.Empty(face.Fake.Asked);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}]}""", "model")]
    [InlineData("""{"model":"m"}""", "messages")]
    [InlineData("""{"model":"m","messages":[]}""", "messages")]
    [InlineData("""{"model":"m","messages":[{"content":"Hi"}]}""", "messages[0].role")]
    [InlineData("""{"model":"m","messages":[{"role":"tool","content":"Hi"}]}""", "messages[0].role")]
    [InlineData("""{"model":"m","messages":[{"role":"user"}]}""", "messages[0].content")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]}""", "messages[0].content")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"Hi","tool_calls":[{}]}]}""", "messages[0].tool_calls")]
    public async Task Question_WithoutWhatIsNeeded_SaysWhereItLacks(string question, string field)
    {
        await using var face = await FaceServer.StartAsync();

        var reply = await face.PostAsync(Path, question);

        Assert.Equal((HttpStatusCode.BadRequest, field), (reply.Status, reply.Error.GetProperty("param").GetString()));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1]")]
    public async Task Question_ThatIsNoSuchJson_IsRefused(string body)
    {
        await using var face = await FaceServer.StartAsync();

        var reply = await face.PostAsync(Path, body);

        Assert.Equal((HttpStatusCode.BadRequest, "bad_request"), (reply.Status, reply.Error.GetProperty("kind").GetString()));
    }

    [Fact]
    public async Task Answer_SeveralAtOnce_HaveSeedsOfTheirOwnAndCountThePromptOnce()
    {
        await using var face = await FaceServer.StartAsync();

        var reply = await face.PostAsync(Path, $$"""{"model":"m",{{Messages}},"n":3,"seed":10}""");

        Assert.Equal([0, 1, 2], reply.Json.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("index").GetInt32()));
        Assert.Equal([10ul, 11ul, 12ul], face.Fake.Asked.Select(asked => asked.Sampling.Seed!.Value).Order());
        Assert.Equal((7, 12), (reply.Json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), reply.Json.GetProperty("usage").GetProperty("completion_tokens").GetInt32()));
    }

    [Theory]
    [InlineData(ExoErrorKind.BadRequest, 400, "invalid_request_error", null)]
    [InlineData(ExoErrorKind.ContextFull, 400, "invalid_request_error", "context_length_exceeded")]
    [InlineData(ExoErrorKind.ModelNotFound, 404, "invalid_request_error", "model_not_found")]
    [InlineData(ExoErrorKind.ModelNotPulled, 404, "invalid_request_error", "model_not_found")]
    [InlineData(ExoErrorKind.InvalidModel, 422, "invalid_request_error", "invalid_model")]
    [InlineData(ExoErrorKind.Busy, 429, "rate_limit_error", "server_busy")]
    [InlineData(ExoErrorKind.Unavailable, 503, "server_error", "unavailable")]
    [InlineData(ExoErrorKind.OutOfMemory, 507, "server_error", "out_of_memory")]
    [InlineData(ExoErrorKind.Failure, 500, "server_error", null)]
    public async Task Failure_BeforeTheFirstToken_HasItsStatusStreamedOrNot(ExoErrorKind kind, int status, string type, string? code)
    {
        await using var face = await FaceServer.StartAsync(new FakeService { AnswerFailure = new ExoException(kind, "it is so") });

        foreach (var stream in (string[])["false", "true"])
        {
            var reply = await face.PostAsync(Path, $$"""{"model":"m",{{Messages}},"stream":{{stream}}}""");

            Assert.Equal(status, (int)reply.Status);
            Assert.Equal(("it is so", type, code), (reply.Error.GetProperty("message").GetString(), reply.Error.GetProperty("type").GetString(), reply.Error.GetProperty("code").GetString()));
        }
    }

    [Fact]
    public async Task Failure_InMidStream_IsTheLastRecordAndNothingIsDone()
    {
        await using var face = await FaceServer.StartAsync();
        face.Fake.BeforePart = (index, _) => index == 2 ? throw new ExoException(ExoErrorKind.Failure, "a step failed") : Task.CompletedTask;

        var reply = await face.PostAsync(Path, $$"""{"model":"m",{{Messages}},"stream":true}""");

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal("a step failed", reply.Records[^1].GetProperty("error").GetProperty("message").GetString());
        Assert.DoesNotContain("[DONE]", reply.Data);
    }

    [Fact]
    public async Task Failure_NobodyExpected_TellsNothingOfTheInside()
    {
        await using var face = await FaceServer.StartAsync();
        face.Fake.BeforePart = (_, _) => throw new InvalidOperationException("the secret");

        var reply = await face.PostAsync(Path, $$"""{"model":"m",{{Messages}}}""");

        Assert.Equal(HttpStatusCode.InternalServerError, reply.Status);
        Assert.DoesNotContain("secret", reply.Text);
    }

    [Fact]
    public async Task Answer_BrokenOffByTheServer_IsNoAnswer()
    {
        await using var face = await FaceServer.StartAsync();
        face.Fake.Ending = FinishReason.Cancelled;

        var reply = await face.PostAsync(Path, $$"""{"model":"m",{{Messages}}}""");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, reply.Status);
    }
}
