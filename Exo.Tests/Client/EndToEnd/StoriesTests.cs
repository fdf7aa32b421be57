using System.Text.Json;

namespace Exo.Tests.Client.EndToEnd;

/// <summary>The program on the sample model that is shipped with it: what a person does first.</summary>
public sealed class StoriesTests
{
    private const string Beginning = "Once upon a time";

    [Fact]
    public async Task Run_OnceUponATime_TellsAStoryThatBeginsSo()
    {
        var result = await ExoProcess.RunAsync(["run", "stories", Beginning]);

        Assert.Equal(("", 0), (result.Errors, result.ExitCode));
        Assert.StartsWith(Beginning, result.Output);
        Assert.EndsWith("\n", result.Output);
        Assert.InRange(result.Output.Split(' ').Length, 40, 1000);
        Assert.DoesNotContain("<|", result.Output);
        Assert.DoesNotContain('\u001b', result.Output);
    }

    [Fact]
    public async Task Run_SameSeed_TellsTheSameStory()
    {
        var stories = await Task.WhenAll(ExoProcess.RunAsync(["run", "stories", Beginning, "--seed", "7"]), ExoProcess.RunAsync(["run", "stories", "--seed", "7", "--threads", "1"], Beginning + "\n"));

        Assert.Equal(stories[0].Output, stories[1].Output);
    }

    [Fact]
    public async Task Run_Json_AgreesWithTheStory()
    {
        var story = await ExoProcess.RunAsync(["run", "stories", Beginning, "--seed", "3", "--stop", "\n\n"]);
        var record = JsonDocument.Parse((await ExoProcess.RunAsync(["run", "stories", Beginning, "--seed", "3", "--stop", "\n\n", "--json"])).Output).RootElement;

        Assert.Equal(story.Output.TrimEnd('\n'), record.GetProperty("text").GetString());
        Assert.Equal("stop", record.GetProperty("finish_reason").GetString());
        Assert.Equal("stories", record.GetProperty("model").GetString());
        Assert.Equal(record.GetProperty("completion_tokens").GetInt32(), record.GetProperty("token_ids").GetArrayLength());
    }

    [Fact]
    public async Task List_FreshInstallation_HasTheSample()
    {
        var result = await ExoProcess.RunAsync(["list", "--json"]);

        var sample = JsonDocument.Parse(result.Output).RootElement.EnumerateArray().Single(model => model.GetProperty("kind").GetString() == "sample");
        Assert.Equal("stories", sample.GetProperty("name").GetString());
        Assert.InRange(sample.GetProperty("byte_count").GetInt64(), 1 << 20, 8 << 20);
    }

    [Fact]
    public async Task Run_MoreThanTheContext_IsRefusedWithTheNumbers()
    {
        var result = await ExoProcess.RunAsync(["run", "stories"], string.Concat(Enumerable.Repeat("Once upon a time there was a fox. ", 200)));

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("1024", result.Errors);
    }
}
