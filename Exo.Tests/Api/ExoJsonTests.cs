using System.Text.Json;
using Exo.Api;

namespace Exo.Tests.Api;

public sealed class ExoJsonTests
{
    [Fact]
    public void AnswerRequest_ThereAndBack_IsTheSame()
    {
        var request = new AnswerRequest
        {
            Model = "m",
            Messages = [new("user", "“Hi” 日本")],
            Sampling = new() { Temperature = 0.5f, Seed = ulong.MaxValue },
            Stop = ["x"],
            MaxTokens = 3,
        };

        var json = JsonSerializer.Serialize(request, ExoJson.Line.AnswerRequest);
        var back = JsonSerializer.Deserialize(json, ExoJson.Line.AnswerRequest)!;

        Assert.Contains("“Hi” 日本", json);
        Assert.Contains("\"max_tokens\":3", json);
        Assert.DoesNotContain("null", json);
        Assert.Equal(request.Messages, back.Messages);
        Assert.Equal(request.Sampling, back.Sampling);
        Assert.Equal(request.Stop, back.Stop);
    }

    [Fact]
    public void AnswerEvent_ThereAndBack_IsTheSame()
    {
        var last = new AnswerEvent
        {
            Text = "a\nb",
            Tokens = [new(5, -0.5f, [new(5, -0.5f), new(6, -1.25f)])],
            FinishReason = FinishReason.Length,
            Usage = new() { PromptTokens = 1, CompletionTokens = 2, ContextLength = 3, PrefillSeconds = 0.5, DecodeSeconds = 1, PeakMemoryByteCount = 4, Seed = 5 },
        };

        var json = JsonSerializer.Serialize(last, ExoJson.Line.AnswerEvent);
        var back = JsonSerializer.Deserialize(json, ExoJson.Line.AnswerEvent)!;

        Assert.DoesNotContain('\n', json);
        Assert.Contains("\"finish_reason\":\"length\"", json);
        Assert.Equal(last.Usage, back.Usage);
        Assert.Equal(last.Tokens[0].TopLogprobs, back.Tokens[0].TopLogprobs);
        Assert.Equal(FinishReason.Length, back.FinishReason);
    }

    [Fact]
    public void PullProgress_ThereAndBack_IsTheSame()
    {
        var progress = new PullProgress
        {
            Model = "org/name",
            Phase = PullPhase.Finishing,
            DoneByteCount = 5,
            ByteCount = 1L << 40,
            SecondsLeft = 1.5,
            Files = [new("a/b", FileState.Waiting, 0, 9)],
        };

        var back = JsonSerializer.Deserialize(JsonSerializer.Serialize(progress, ExoJson.Line.PullProgress), ExoJson.Line.PullProgress)!;

        Assert.Equal(progress with { Files = [] }, back with { Files = [] });
        Assert.Equal(progress.Files, back.Files);
    }
}
