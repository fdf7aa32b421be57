using System.Text.Json;
using Exo.Api;

namespace Exo.Tests.Client.Models;

public sealed class ModelCommandTests
{
    private static readonly StoredModel[] Models =
    [
        new() { Name = "stories", Kind = StoredModelKind.Sample, ByteCount = 7 << 20, Path = "/app/models/stories" },
        new() { Name = "org/name", Kind = StoredModelKind.Pulled, Revision = new string('b', 40), ByteCount = 3L << 30, Complete = false, Path = "/store/x" },
    ];

    [Theory]
    [InlineData("list")]
    [InlineData("ls")]
    public async Task List_NoTerminal_AlignsPlainText(string command)
    {
        var run = new ExoRun { Service = { Models = Models } };

        Assert.Equal(0, await run.RunAsync(command));

        Assert.Equal(
            """
            NAME      REVISION         SIZE  MODIFIED  STATE
            stories                 7.0 MiB            sample
            org/name  bbbbbbbbbbbb  3.0 GiB            incomplete

            """.ReplaceLineEndings("\n"),
            run.Output);
    }

    [Fact]
    public async Task List_QuantisationsOfARepository_AreLinesOfTheirOwn()
    {
        var run = new ExoRun { Service = { Models = [Models[1] with { Complete = true, Variants = [new("org/name:Q4_K_M", 1L << 30), new("org/name:Q8_0", 2L << 30)] }] } };

        await run.RunAsync("list");

        Assert.Equal(
            """
            NAME             REVISION         SIZE  MODIFIED  STATE
            org/name         bbbbbbbbbbbb  3.0 GiB
            org/name:Q4_K_M                1.0 GiB
            org/name:Q8_0                  2.0 GiB

            """.ReplaceLineEndings("\n"),
            run.Output);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("show", "m\e]0;evil\a")]
    [InlineData("verify", "org/name")]
    public async Task Command_NamesWithControlCharacters_ReachesTheTerminalWithoutThem(params string[] arguments)
    {
        var run = new ExoRun { Console = new FakeConsole { OutputIsTerminal = true }, Service = { Models = [Models[0] with { Name = "m\e]0;evil\a" }] } };
        run.Service.Verified = run.Service.Verified with { Files = [new("m\e]0;evil\a", "spoilt")] };

        await run.RunAsync(arguments);

        Assert.Contains("m\uFFFD]0;evil\uFFFD", run.Output);
        Assert.DoesNotContain('\e', run.Output);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(40)]
    public async Task List_OnATerminal_FitsItsWidth(int width)
    {
        var run = new ExoRun { Console = FakeConsole.OnTerminal(width), Service = { Models = Models } };

        await run.RunAsync("list");

        Assert.All(run.Output.Split('\n'), line => Assert.InRange(Exo.Client.Terminal.TextWidth.Of(line), 0, width));
        Assert.Contains("stories", run.Output);
    }

    [Fact]
    public async Task List_Json_IsAnArray()
    {
        var run = new ExoRun { Service = { Models = Models } };

        await run.RunAsync("list", "--json");

        var list = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(["stories", "org/name"], list.EnumerateArray().Select(model => model.GetProperty("name").GetString()));
        Assert.Equal("sample", list[0].GetProperty("kind").GetString());
        Assert.False(list[1].GetProperty("complete").GetBoolean());
    }

    [Fact]
    public async Task Show_Model_TellsWhatItIs()
    {
        var run = new ExoRun();

        Assert.Equal(0, await run.RunAsync("show", "m"));

        Assert.Contains("architecture   llama", run.Output);
        Assert.Contains("parameters     1.24 B", run.Output);
        Assert.Contains("context        131,072 tokens, 32.0 KiB of cache each at 16 bits", run.Output);
        Assert.Contains("layer 0 – layer 1    115 MiB each   32 heads over 8, size 64; feed-forward 8192", run.Output);
        Assert.Contains("temperature 0.6, top-p 0.9", run.Output);
    }

    [Fact]
    public async Task Show_Json_IsTheCard()
    {
        var run = new ExoRun();

        await run.RunAsync("show", "m", "--json");

        var card = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(1_236_000_000, card.GetProperty("parameter_count").GetInt64());
        Assert.Equal("chat", card.GetProperty("prompt_style").GetString());
        Assert.Equal(4, card.GetProperty("layers").GetArrayLength());
    }

    [Fact]
    public async Task Tokenize_Text_ListsIdsAndPieces()
    {
        var run = new ExoRun();

        Assert.Equal(0, await run.RunAsync("tokenize", "m", "One", "two", "--no-special"));

        Assert.Equal("       7  \"One\"\n       8  \" \\n\"\n", run.Output);
        Assert.Equal(new TokenizeRequest { Model = "m", Text = "One two", AddSpecialTokens = false }, run.Service.Tokenized);
    }

    [Fact]
    public async Task Tokenize_PipedText_IsTakenToItsLastByte()
    {
        var run = new ExoRun().Piping("One\n");

        await run.RunAsync("tokenize", "m", "--json");

        Assert.Equal("One\n", run.Service.Tokenized!.Text);
        Assert.True(run.Service.Tokenized.AddSpecialTokens);
        Assert.Equal("{\"ids\":[7,8],\"pieces\":[\"One\",\" \\n\"]}\n", run.Output);
    }

    [Fact]
    public async Task Remove_Model_TellsWhatIsFreed()
    {
        var run = new ExoRun();

        Assert.Equal(0, await run.RunAsync("rm", "org/name"));

        Assert.Equal(["org/name"], run.Service.Removed);
        Assert.Equal("Removed org/name: 3.0 GiB freed.\n", run.Output);
    }

    [Fact]
    public async Task Verify_BadFile_IsNamedAndFails()
    {
        var run = new ExoRun { Service = { Verified = new() { DoneByteCount = 10, ByteCount = 10, Files = [new("a.json", null), new("b.bin", "its hash is wrong")], Done = true } } };

        Assert.Equal(3, await run.RunAsync("verify", "org/name"));

        Assert.Equal("b.bin: its hash is wrong\n", run.Output);
        Assert.Contains("1 of 2 files", run.Errors);
    }

    [Fact]
    public async Task Verify_GoodFiles_SaysSo()
    {
        var run = new ExoRun();

        Assert.Equal(0, await run.RunAsync("verify", "org/name"));
        Assert.Equal("org/name: 1 file, 10 B, all as they should be.\n", run.Output);
    }
}
