using System.Text.Json;
using System.Text.Json.Nodes;
using Exo.Tests.Api.Local;

namespace Exo.Tests.Client.EndToEnd;

/// <summary>The program as people start it, on the reference models.</summary>
public sealed class VectorRunTests
{
    [Theory]
    [MemberData(nameof(VectorModels.Names), MemberType = typeof(VectorModels))]
    public async Task Run_PromptIdsAndLogprobs_AgreeWithLlamaCpp(string name)
    {
        var expected = VectorModels.Answers(name);

        var result = await ExoProcess.RunAsync(
            ["run", VectorModels.Folder(name), "--prompt-ids", string.Join(',', expected.Prompt), "--max-tokens", "24", "--temperature", "0", "--logprobs", "10", "--json"]);

        Assert.Equal(("", 0), (result.Errors, result.ExitCode));
        var record = JsonDocument.Parse(result.Output).RootElement;
        var prompt = record.GetProperty("prompt_top_logprobs");
        Assert.Equal(expected.Prompt.Length, prompt.GetArrayLength());
        for (var position = 0; position < expected.Prompt.Length; position++)
        {
            var (id, logprob) = expected.Top[position][0];
            var ours = prompt[position].EnumerateArray().Single(token => token.GetProperty("id").GetInt32() == id);
            Assert.Equal(logprob, ours.GetProperty("logprob").GetDouble(), 2e-3);
        }
        var ids = record.GetProperty("token_ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
        Assert.Equal(record.GetProperty("finish_reason").GetString() == "stop" ? expected.Greedy[..ids.Length] : expected.Greedy, ids);
        Assert.Equal(ids.Length, record.GetProperty("top_logprobs").GetArrayLength());
        Assert.InRange(record.GetProperty("peak_memory_bytes").GetInt64(), 1 << 20, 1L << 32);
    }

    [Fact]
    public async Task Run_PipedThroughHead_EndsQuietly()
    {
        var model = VectorModels.Folder("qwen2");
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "needs a shell");

        var result = await ExoProcess.ShellAsync($"$EXO run '{model}' Hi --raw --seed 1 --temperature 2 | head -c 5; echo \" ${{PIPESTATUS[0]}}\"");

        Assert.EndsWith(" 141\n", result.Output);
        Assert.Equal("", result.Errors);
    }

    [Fact]
    public async Task Run_InterruptedProcess_WritesWhatThereIsAndEndsWith130()
    {
        var model = Endless(VectorModels.Folder("qwen2"));
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "needs signals");

        // The answer's first bytes are the sign that it has begun; then the signal comes.
        var result = await ExoProcess.ShellAsync(
            $"set -m; mkfifo $TMP/pipe; $EXO run '{model}' Hi --raw --temperature 0 >$TMP/pipe & exec 3<$TMP/pipe; head -c 1 <&3; kill -INT $!; cat <&3; wait $!; echo \" $?\"".Replace("$TMP", Temporary()));

        Assert.EndsWith("\n 130\n", result.Output);
        Assert.DoesNotContain("exo:", result.Errors);
    }

    [Fact]
    public async Task Run_OutputAndErrorsInOneFile_OverwriteNothing()
    {
        var model = VectorModels.Folder("qwen2");
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "needs a shell");
        var file = Path.Combine(Temporary(), "log");

        await ExoProcess.ShellAsync($"(echo before; $EXO run '{model}' --prompt-ids 5 --max-tokens 3 --json --verbose; echo after) >{file} 2>&1");

        var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        Assert.Equal("before", lines[0]);
        Assert.StartsWith("{\"model\"", lines[1]);
        Assert.StartsWith("load ", lines[2]);
        Assert.Equal("after", lines[^1]);
    }

    [Fact]
    public async Task Tokenize_Text_AgreesWithHuggingFace()
    {
        using var expected = JsonDocument.Parse(await File.ReadAllTextAsync(Vectors.Path("models", "qwen3", "expected-tokens.json"), TestContext.Current.CancellationToken));
        var entry = expected.RootElement.EnumerateArray().MaxBy(candidate => candidate.GetProperty("text").GetString()!.Length);

        var result = await ExoProcess.RunAsync(["tokenize", VectorModels.Folder("qwen3"), "--json"], entry.GetProperty("text").GetString()!);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(entry.GetProperty("ids").GetRawText().Replace(" ", "", StringComparison.Ordinal), JsonDocument.Parse(result.Output).RootElement.GetProperty("ids").GetRawText());
    }

    [Fact]
    public async Task Run_ModelThatIsNone_IsOneLine()
    {
        var result = await ExoProcess.RunAsync(["run", Directory.CreateTempSubdirectory("exo-empty-").FullName, "Hi"]);

        Assert.Equal((3, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("exo: ", result.Errors);
        Assert.Equal(1, result.Errors.Count(character => character == '\n'));
    }

    /// <summary>A copy whose context is so long that its answer outlives any signal's way.</summary>
    private static string Endless(string model)
    {
        var copy = Temporary();
        foreach (var file in Directory.GetFiles(model)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        var configuration = Path.Combine(copy, "config.json");
        var json = JsonNode.Parse(File.ReadAllText(configuration))!;
        json["max_position_embeddings"] = 50_000;
        File.WriteAllText(configuration, json.ToJsonString());
        return copy;
    }

    private static string Temporary() => Directory.CreateTempSubdirectory("exo-run-").FullName;
}
