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
    public void PlacementReport_ThereAndBack_IsTheSame()
    {
        var report = new PlacementReport
        {
            Model = "org/name",
            ContextLength = 8,
            Sequences = 1,
            LayerCount = 2,
            WeightByteCount = 1L << 40,
            KvByteCount = 5,
            Shards = [new() { Node = "a", Device = "cpu", FirstLayer = 0, EndLayer = 2, WeightByteCount = 1, KvByteCount = 2, FreeByteCount = 3, ComputeSeconds = 0.25, HopSeconds = 0.5 }],
            LeftOut = [new("b", "is slower")],
            Reasons = ["one machine is faster"],
        };

        var json = JsonSerializer.Serialize(report, ExoJson.Line.PlacementReport);
        var back = JsonSerializer.Deserialize(json, ExoJson.Line.PlacementReport)!;

        Assert.DoesNotContain("refusal", json);
        Assert.Equal(report.Shards, back.Shards);
        Assert.Equal(report.LeftOut, back.LeftOut);
        Assert.Equal(report.Reasons, back.Reasons);
        Assert.Equal(report with { Shards = [], LeftOut = [], Reasons = [] }, back with { Shards = [], LeftOut = [], Reasons = [] });
    }

    [Fact]
    public void NodeState_WithOnlyWhatEveryNodeHas_ReadsAsActiveAndEmpty()
    {
        const string Json = """[{"name":"a","cores":2,"memory_byte_count":1,"used_memory_byte_count":1,"peak_memory_byte_count":1}]""";

        var node = Assert.Single(JsonSerializer.Deserialize(Json, ExoJson.Line.IReadOnlyListNodeState)!);

        Assert.Equal(NodeStatus.Active, node.Status);
        Assert.Empty(node.Devices);
        Assert.Empty(node.Shards);
    }

    [Fact]
    public void Requests_WithOnlyWhatIsNeeded_HaveTheirDefaults()
    {
        var answer = JsonSerializer.Deserialize("""{"model":"m","text":"a"}""", ExoJson.Line.AnswerRequest)!;
        var tokenize = JsonSerializer.Deserialize("""{"model":"m","text":"a"}""", ExoJson.Line.TokenizeRequest)!;
        var pull = JsonSerializer.Deserialize("""{"model":"m"}""", ExoJson.Line.PullRequest)!;

        Assert.Equal(new SamplingSettings(), answer.Sampling);
        Assert.Empty(answer.Stop);
        Assert.True(tokenize.AddSpecialTokens);
        Assert.Empty(pull.Include);
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
