using System.Net;
using System.Text.Json;
using Exo.Api;
using Exo.Api.Local;

namespace Exo.Tests.Api.Http.OpenAi;

/// <summary>/v1/completions: the ways of giving a prompt, and its log-probabilities. On the sample model, so that token ids mean something.</summary>
public sealed class CompletionsTests
{
    private const string Path = "/v1/completions";

    [Theory]
    [InlineData("\"a\"", 1)]
    [InlineData("[\"a\",\"b\"]", 2)]
    [InlineData("[5,6,7]", 1)]
    [InlineData("[[5,6],[7]]", 2)]
    public async Task Prompt_OfEachKind_GetsItsAnswers(string prompt, int answers)
    {
        await using var face = await FaceServer.StartAsync();

        var reply = await face.PostAsync(Path, $$"""{"model":"m","prompt":{{prompt}}}""");

        Assert.Equal(answers, reply.Json.GetProperty("choices").GetArrayLength());
        Assert.All(face.Fake.Asked, asked => Assert.Equal(16, asked.MaxTokens));
        Assert.Equal(answers * 7, reply.Json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("5")]
    [InlineData("[]")]
    [InlineData("[1,\"a\"]")]
    [InlineData("[1.5]")]
    [InlineData("[[1],2]")]
    [InlineData("[5000000000]")]
    public async Task Prompt_OfNoKind_IsRefused(string prompt)
    {
        await using var face = await FaceServer.StartAsync();

        var reply = await face.PostAsync(Path, $$"""{"model":"m","prompt":{{prompt}}}""");

        Assert.Equal((HttpStatusCode.BadRequest, "prompt"), (reply.Status, reply.Error.GetProperty("param").GetString()));
    }

    [Theory]
    [InlineData("\"suffix\":\"end\"", "suffix")]
    [InlineData("\"best_of\":3", "best_of")]
    [InlineData("\"logprobs\":-1", "logprobs")]
    public async Task Question_FieldThatWouldChangeTheAnswer_IsRefusedByName(string field, string name)
    {
        await using var face = await FaceServer.StartAsync();

        var reply = await face.PostAsync(Path, $$"""{"model":"m","prompt":"a",{{field}}}""");

        Assert.Equal((HttpStatusCode.BadRequest, name), (reply.Status, reply.Error.GetProperty("param").GetString()));
    }

    [Fact]
    public async Task Prompt_OneOfSeveralFails_FailsTheRequestWithItsStatus()
    {
        await using var face = await FaceServer.StartAsync();
        face.Fake.AnswerFailure = new ExoException(ExoErrorKind.ContextFull, "too long");

        var reply = await face.PostAsync(Path, """{"model":"m","prompt":["a","b","c"],"n":2}""");

        Assert.Equal((HttpStatusCode.BadRequest, "too long"), (reply.Status, reply.Error.GetProperty("message").GetString()));
    }

    [Fact]
    public async Task Logprobs_WithEcho_TellPromptAndAnswerTokenByToken()
    {
        await using var service = new LocalExoService();
        await using var face = await FaceServer.StartAsync(service);

        var reply = await face.PostAsync(Path, """{"model":"stories","prompt":"Once upon a time","max_tokens":3,"temperature":0,"echo":true,"logprobs":2}""");

        var choice = reply.Json.GetProperty("choices")[0];
        var text = choice.GetProperty("text").GetString()!;
        var logprobs = choice.GetProperty("logprobs");
        var tokens = logprobs.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()!).ToArray();
        var of = logprobs.GetProperty("token_logprobs").EnumerateArray().ToArray();
        var top = logprobs.GetProperty("top_logprobs").EnumerateArray().ToArray();
        var offsets = logprobs.GetProperty("text_offset").EnumerateArray().Select(offset => offset.GetInt32()).ToArray();
        Assert.StartsWith("Once upon a time", text);
        Assert.Equal(reply.Json.GetProperty("usage").GetProperty("total_tokens").GetInt32(), tokens.Length);
        Assert.Equal((tokens.Length, tokens.Length, tokens.Length), (of.Length, top.Length, offsets.Length));
        Assert.Equal(text, string.Concat(tokens.Skip(1)));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (of[0].ValueKind, top[0].ValueKind));
        for (var index = 1; index < tokens.Length; index++)
        {
            Assert.Equal(of[index].GetSingle(), top[index].GetProperty(tokens[index]).GetSingle());
            Assert.Equal(tokens[index], text.Substring(offsets[index] - offsets[1], tokens[index].Length));
        }
    }

    [Fact]
    public async Task Logprobs_OfNoAnswer_TellThePromptAlone()
    {
        await using var service = new LocalExoService();
        await using var face = await FaceServer.StartAsync(service);

        var reply = await face.PostAsync(Path, """{"model":"stories","prompt":[5,6,7],"max_tokens":0,"echo":true,"logprobs":0}""");

        var logprobs = reply.Json.GetProperty("choices")[0].GetProperty("logprobs");
        Assert.Equal(3, logprobs.GetProperty("tokens").GetArrayLength());
        Assert.All(logprobs.GetProperty("top_logprobs").EnumerateArray().Skip(1), top => Assert.Single(top.EnumerateObject()));
        Assert.Equal(0, reply.Json.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Answer_StreamedOrWhole_IsTheSame()
    {
        await using var service = new LocalExoService();
        await using var face = await FaceServer.StartAsync(service);
        const string Question = """ "model":"stories","prompt":["Once","The fox"],"n":2,"max_tokens":12,"seed":4,"temperature":1,"logprobs":1,"echo":true """;

        var whole = await face.PostAsync(Path, $$"""{{{Question}}}""");
        var streamed = await face.PostAsync(Path, $$"""{{{Question}},"stream":true}""");

        var parts = streamed.Records.SelectMany(record => record.GetProperty("choices").EnumerateArray()).ToLookup(choice => choice.GetProperty("index").GetInt32());
        Assert.Equal(4, parts.Count);
        foreach (var choice in whole.Json.GetProperty("choices").EnumerateArray())
        {
            var same = parts[choice.GetProperty("index").GetInt32()].ToArray();
            Assert.Equal(choice.GetProperty("text").GetString(), string.Concat(same.Select(part => part.GetProperty("text").GetString())));
            Assert.Equal(choice.GetProperty("finish_reason").GetString(), same[^1].GetProperty("finish_reason").GetString());
            Assert.Equal(Listed(choice, "tokens"), same.SelectMany(part => Listed(part, "tokens")));
            Assert.Equal(Listed(choice, "text_offset"), same.SelectMany(part => Listed(part, "text_offset")));
        }
    }

    [Fact]
    public async Task Answer_AmongOthers_IsTheSameAsAlone()
    {
        await using var service = new LocalExoService();
        await using var face = await FaceServer.StartAsync(service);
        Task<FaceServer.Reply> AskAsync(int seed) => face.PostAsync(Path, $$"""{"model":"stories","prompt":"Once upon a time","max_tokens":24,"seed":{{seed}},"temperature":1}""");

        var alone = new List<string>();
        for (var seed = 0; seed < 6; seed++) alone.Add((await AskAsync(seed)).Json.GetProperty("choices")[0].GetProperty("text").GetString()!);
        var together = await Task.WhenAll(Enumerable.Range(0, 6).Select(AskAsync));

        Assert.Equal(alone, together.Select(reply => reply.Json.GetProperty("choices")[0].GetProperty("text").GetString()!));
        Assert.True(alone.Distinct().Count() > 1);
    }

    private static IEnumerable<string> Listed(JsonElement choice, string list) =>
        choice.GetProperty("logprobs").ValueKind == JsonValueKind.Null ? [] : choice.GetProperty("logprobs").GetProperty(list).EnumerateArray().Select(value => value.GetRawText());
}
