using Exo.Api;

namespace Exo.Tests.Client.Pulls;

/// <summary>The key p during a pull, and terminals that are another job's or gone.</summary>
public sealed class PullKeysTests
{
    public static TheoryData<Exception> Failures => [new ExoException(ExoErrorKind.ModelNotFound, "no pull of org/name is under way"), new NotSupportedException("odd")];

    [Fact]
    public async Task Pull_KeyP_PausesAndGoesOn()
    {
        var run = new ExoRun { Console = FakeConsole.OnTerminal() };
        run.Console.Script.Type("xpP");
        run.Service.Snapshots = [Snapshots.At(10), Snapshots.At(20)];
        run.Service.BeforePart = (index, token) => UntilAsync(() => index == 0 || Controlled(run) == 2, token);

        Assert.Equal(0, await run.RunAsync("pull", "org/name"));

        Assert.Equal([true, false], run.Service.Controlled.Select(control => control.Paused));
        Assert.All(run.Service.Controlled, control => Assert.Equal(("org/name", null), (control.Model, control.Priority)));
    }

    [Fact]
    public async Task Pull_InTheBackground_WritesLinesAndReadsNoKey()
    {
        var run = new ExoRun { Console = FakeConsole.OnTerminal() };
        (run.Console.IsInBackground, run.Console.Stay) = (true, null);
        run.Console.Script.Type("p");
        run.Service.Snapshots = [.. Enumerable.Range(0, 101).Select(percent => Snapshots.At(percent))];

        Assert.Equal(0, await run.RunAsync("pull", "org/name"));

        Assert.Contains(" 50 %  0.5/1.0 GiB", run.Errors);
        Assert.DoesNotContain('\e', run.Errors);
        Assert.DoesNotContain('\r', run.Errors);
        Assert.True(run.Console.Script.IsAvailable);
    }

    [Fact]
    public async Task Pull_KeysOfATerminalThatIsGone_GoesOnWithoutThem()
    {
        var run = new ExoRun { Console = FakeConsole.OnTerminal() };
        run.Console.Script.Failure = new IOException("Input/output error");
        run.Service.Snapshots = [Snapshots.At(10), Snapshots.At(100)];

        Assert.Equal(0, await run.RunAsync("pull", "org/name"));
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Pull_KeyPThatFails_SaysWhyAndGoesOn(Exception failure)
    {
        var run = new ExoRun { Console = FakeConsole.OnTerminal(), Service = { ControlFailure = failure } };
        run.Console.Script.Type("p");
        var told = run.Console.ToldAsync(failure.Message);
        run.Service.Snapshots = [.. Enumerable.Repeat(Snapshots.At(10), 1000)];
        run.Service.BeforePart = (_, token) => told.IsCompleted ? Task.CompletedTask : Task.Delay(1, token); // Each snapshot is shown with it once it has failed.

        Assert.Equal(0, await run.RunAsync("pull", "org/name"));

        await told;
    }

    [Theory]
    [InlineData(false, "pull", "org/name")]
    [InlineData(true, "pull", "org/name", "--json")]
    [InlineData(true, "run", "org/name", "hello")]
    public async Task Pull_WhereKeysAreNotItsOwn_LeavesThem(bool inputIsTerminal, params string[] arguments)
    {
        var run = new ExoRun { Console = new FakeConsole { InputIsTerminal = inputIsTerminal, ErrorIsTerminal = true, HasCursor = true } };
        run.Console.Script.Type("p");
        run.Service.LoadFailure = new ExoException(ExoErrorKind.ModelNotPulled, "not here");
        run.Service.Snapshots = [Snapshots.At(10), Snapshots.At(100)];

        Assert.Equal(0, await run.RunAsync(arguments));

        Assert.Single(run.Service.Pulled);

        Assert.True(run.Console.Script.IsAvailable);
    }

    private static int Controlled(ExoRun run)
    {
        lock (run.Service.Controlled) return run.Service.Controlled.Count;
    }

    private static async Task UntilAsync(Func<bool> isSo, CancellationToken cancellationToken)
    {
        while (!isSo()) await Task.Delay(1, cancellationToken);
    }
}
