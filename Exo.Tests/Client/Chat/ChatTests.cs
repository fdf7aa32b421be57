using System.Text.RegularExpressions;
using Exo.Api;
using Exo.Client.Terminal;

namespace Exo.Tests.Client.Chat;

public sealed class ChatTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("exo-chat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Chat_SecondQuestion_CarriesTheHistory()
    {
        var run = Chat("Hi\nAnd you?\n/bye\n");

        Assert.Equal(0, await run.RunAsync("run", "m", "--system", "Be kind."));

        Assert.Equal(2, run.Service.Asked.Count);
        Assert.Equal(
            [new("system", "Be kind."), new("user", "Hi"), new("assistant", "Hello, you."), new("user", "And you?")],
            run.Service.Asked[1].Messages!);
    }

    [Fact]
    public async Task Chat_Clear_ForgetsTheHistory()
    {
        var run = Chat("Hi\n/clear\nAnd you?\n");

        await run.RunAsync("run", "m");

        Assert.Equal([new ChatMessage("user", "And you?")], run.Service.Asked[1].Messages);
    }

    [Fact]
    public async Task Chat_Set_ChangesTheNextAnswer()
    {
        var run = Chat("/set temperature 0.3\n/set top_k 5\n/set system Be brief.\n/set parameter seed 9\n/set stop \"END\"\nHi\n/set temperature default\nHi\n");

        await run.RunAsync("run", "m", "--temperature", "1");

        Assert.Equal(new SamplingSettings { Temperature = 0.3f, TopK = 5, Seed = 9 }, run.Service.Asked[0].Sampling);
        Assert.Equal("Be brief.", run.Service.Asked[0].Messages![0].Content);
        Assert.Equal(["END"], run.Service.Asked[0].Stop);
        Assert.Null(run.Service.Asked[1].Sampling.Temperature);
    }

    [Fact]
    public async Task Chat_SetAlone_ShowsTheValuesThatApplyWhereNothingWasSet()
    {
        var run = Chat("/set top-k 5\n/set\n/set temperature\n");

        await run.RunAsync("run", "m");

        foreach (var (name, value) in new[] { ("temperature", "default (0.8)"), ("top-k", "5"), ("seed", "default (drawn anew)"), ("max-tokens", "default (until the model ends, in a context of 2048)"), ("verbose", "default (off)") })
            Assert.Matches($"(?m)^ *{name} +{Regex.Escape(value)} *$", run.Errors);
        Assert.Contains("temperature is default (0.8).", run.Errors);
    }

    [Theory]
    [InlineData("/set temperature hot", "temperature takes a number from 0 to 100, not 'hot'")]
    [InlineData("/set warmth 1", "there is no setting 'warmth'")]
    [InlineData("/nonsense", "There is no /nonsense")]
    [InlineData("/save", "/save needs a file's name")]
    [InlineData("/load /does/not/exist", "can't be loaded")]
    public async Task Chat_WrongCommand_IsExplainedAndTheChatGoesOn(string command, string expected)
    {
        var run = Chat(command + "\nHi\n");

        Assert.Equal(0, await run.RunAsync("run", "m"));

        Assert.Contains(expected, run.Errors);
        Assert.Single(run.Service.Asked);
    }

    [Fact]
    public async Task Chat_SavedAndLoaded_GoesOnWhereItWas()
    {
        var file = Path.Combine(_folder, "chat.json");
        await Chat($"/set temperature 0.3\nHi “you”\n/save {file}\n").RunAsync("run", "m", "--system", "Be kind.");
        var run = Chat($"/load {file}\nAnd you?\n");

        await run.RunAsync("run", "m");

        Assert.Equal(
            [new("system", "Be kind."), new("user", "Hi “you”"), new("assistant", "Hello, you."), new("user", "And you?")],
            run.Service.Asked[0].Messages!);
        Assert.Equal(0.3f, run.Service.Asked[0].Sampling.Temperature);
        Assert.Contains("“you”", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("not json")]
    [InlineData("""{"model":"m","messages":[{"role":"thief","content":"x"}]}""")]
    public async Task Chat_LoadOfSomethingElse_ChangesNothing(string content)
    {
        var file = Path.Combine(_folder, "chat.json");
        await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);
        var run = Chat($"Hi\n/load {file}\nAnd you?\n");

        await run.RunAsync("run", "m");

        Assert.Equal(3, run.Service.Asked[1].Messages!.Count);
        Assert.Contains("can't be loaded", run.Errors);
    }

    [Fact]
    public async Task Chat_Fences_HoldSeveralLines()
    {
        var run = Chat("\"\"\"one\ntwo\n/bye\"\"\"\n\"\"\"single\"\"\"\n");

        await run.RunAsync("run", "m");

        Assert.Equal("one\ntwo\n/bye", run.Service.Asked[0].Messages![^1].Content);
        Assert.Equal("single", run.Service.Asked[1].Messages![^1].Content);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Chat_CtrlCInAnAnswer_StopsTheAnswerKeepsItAndGoesOn(bool quietly)
    {
        var run = Chat("Hi\nAnd you?\n");
        run.Service.EndsCancelledQuietly = quietly;
        run.Service.BeforePart = (index, _) =>
        {
            if (index == 2 && run.Service.Asked.Count == 1) Assert.True(run.Console.Raise(StopSignal.Interrupt));
            return Task.CompletedTask;
        };

        Assert.Equal(0, await run.RunAsync("run", "m"));

        Assert.Equal("Hello, ", run.Service.Asked[1].Messages![1].Content);
        Assert.Contains("(stopped)", run.Errors);
    }

    [Fact]
    public async Task Chat_CtrlCAtThePrompt_HintsAndGoesOn()
    {
        var run = Chat("half\u0003Hi\n");

        Assert.Equal(0, await run.RunAsync("run", "m"));

        Assert.Contains("Ctrl-D or /bye ends the chat.", run.Errors);
        Assert.Equal("Hi", Assert.Single(run.Service.Asked).Messages![0].Content);
    }

    [Fact]
    public async Task Chat_Terminated_Ends()
    {
        var run = Chat("Hi\n");
        run.Service.BeforePart = (_, _) => Task.FromResult(run.Console.Raise(StopSignal.Terminate));

        Assert.Equal(143, await run.RunAsync("run", "m"));
    }

    [Fact]
    public async Task Chat_RefusedQuestion_IsExplainedAndNotKept()
    {
        var run = Chat("Too long\nHi\n");
        run.Service.AnswerFailure = new ExoException(ExoErrorKind.ContextFull, "the conversation does not fit");

        Assert.Equal(0, await run.RunAsync("run", "m"));

        Assert.Contains("exo: the conversation does not fit", run.Errors);
        Assert.Single(run.Service.Asked[1].Messages!);
    }

    [Fact]
    public async Task Chat_ContextFull_SaysSo()
    {
        var run = Chat("Hi\n");
        (run.Service.Ending, run.Service.ContextLength) = (FinishReason.Length, 11);

        await run.RunAsync("run", "m");

        Assert.Contains("the context of 11 tokens is full", run.Errors);
    }

    [Fact]
    public async Task Chat_ModelThatContinuesTexts_KeepsNoHistory()
    {
        var run = Chat("Once\nTwice\n");
        run.Service.PromptStyle = PromptStyle.Continue;
        run.Service.Answer = [" upon"];

        await run.RunAsync("run", "stories");

        Assert.Equal(["Once", "Twice"], run.Service.Asked.Select(asked => asked.Text));
        Assert.Contains("Twice upon", string.Join('\n', Screen.Rows(run.Output, 80)));
    }

    [Fact]
    public async Task Chat_PathAsMessage_IsNoCommand()
    {
        var run = Chat("/etc/hosts is a file\n");

        await run.RunAsync("run", "m");

        Assert.Single(run.Service.Asked);
    }

    [Fact]
    public async Task Chat_Show_TellsOfTheModel()
    {
        var run = Chat("/show\n/help\n/set\n");

        await run.RunAsync("run", "m");

        Assert.Contains("1.24 B", run.Errors);
        Assert.Contains("/save FILE", run.Errors);
        Assert.Contains("repeat-penalty", run.Errors);
    }

    [Fact]
    public async Task Chat_Json_IsAUsageErrorBeforeAnythingIsLoaded()
    {
        var run = Chat("Hi\n");

        Assert.Equal(2, await run.RunAsync("run", "m", "--json"));

        Assert.StartsWith("exo: --json needs a prompt", run.Errors);
        Assert.Empty(run.Service.Loaded);
    }

    [Fact]
    public async Task Chat_OutputNoTerminal_ReadsPlainLines()
    {
        var run = new ExoRun { Console = new FakeConsole { InputIsTerminal = true } }.Piping("Hi\n/bye\n");

        Assert.Equal(0, await run.RunAsync("run", "m"));

        Assert.Equal("Hello, you.\n\n", run.Output);
    }

    private static ExoRun Chat(string keys)
    {
        var run = new ExoRun { Console = FakeConsole.OnTerminal() };
        run.Console.Script.Type(keys);
        return run;
    }
}
