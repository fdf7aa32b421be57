using System.Text.Json;
using Exo.Api;
using Exo.Client.Pulls;
using Exo.Client.Terminal;

namespace Exo.Tests.Client.Pulls;

public sealed class PullTests
{
    [Fact]
    public async Task Pull_NoTerminal_WritesPlainLinesAndTheFolder()
    {
        var run = new ExoRun();
        run.Service.Snapshots = [.. Enumerable.Range(0, 101).Select(percent => Snapshots.At(percent))];

        Assert.Equal(0, await run.RunAsync("pull", "org/name"));

        Assert.Equal("/store/models--org--name/snapshots/aaaa\n", run.Output);
        Assert.Contains("org/name: 2 files, 3.0 GiB of 4.0 GiB to fetch, 100 GiB free on the disk", run.Errors);
        Assert.Contains(" 50 %  0.5/1.0 GiB", run.Errors);
        Assert.InRange(run.Errors.Count(character => character == '\n'), 10, 15);
        Assert.DoesNotContain('\u001b', run.Errors);
    }

    [Fact]
    public async Task Pull_Options_ReachTheService()
    {
        var run = new ExoRun();

        await run.RunAsync("pull", "org/name@v1", "--include", "*.md", "--exclude", "a*", "--exclude", "b*", "--connections", "32", "--limit-rate", "1.5M", "--priority", "-7");

        var request = Assert.Single(run.Service.Pulled);
        Assert.Equal("org/name@v1", request.Model);
        Assert.Equal(["*.md"], request.Include);
        Assert.Equal(["a*", "b*"], request.Exclude);
        Assert.Equal(32, request.Connections);
        Assert.Equal(3 << 19, request.BytesPerSecond);
        Assert.Equal(-7, request.Priority);
    }

    [Theory]
    [InlineData("--limit-rate", "fast")]
    [InlineData("--limit-rate", "12")]
    [InlineData("--limit-rate", "-5M")]
    [InlineData("--connections", "0")]
    public async Task Pull_ValueOutOfRange_IsAUsageError(string option, string value) =>
        Assert.Equal(2, await new ExoRun().RunAsync("pull", "org/name", option, value));

    [Fact]
    public async Task Pull_DryRun_ListsFilesAndFetchesNothing()
    {
        var run = new ExoRun();

        Assert.Equal(0, await run.RunAsync("pull", "org/name", "--dry-run"));

        Assert.Contains("  config.json            600 B  here", run.Output);
        Assert.Contains("  model.safetensors    4.0 GiB  1.0 GiB here", run.Output);
        Assert.Contains("left out (safetensors are there): pytorch_model.bin", run.Output);
        Assert.Empty(run.Service.Pulled);
    }

    [Fact]
    public async Task Pull_DryRunOnAFullDisk_SaysWhatIsMissing()
    {
        var run = new ExoRun();
        run.Service.Plan = run.Service.Plan with { MissingDiskByteCount = 300 << 20 };

        await run.RunAsync("pull", "org/name", "--dry-run");

        Assert.Contains("The disk is too full: 300 MiB more must be free, the room that stays free (EXO_DISK_MARGIN) included.", run.Output);
    }

    [Theory]
    [InlineData("--dry-run")]
    [InlineData("--connections=4")]
    public async Task Pull_OfARenamedModel_TellsTheNewName(string option)
    {
        var run = new ExoRun();
        run.Service.Plan = run.Service.Plan with { RenamedTo = "org/new-name" };

        await run.RunAsync("pull", "org/name", option);

        Assert.Contains("org/name was renamed to org/new-name on the hub", run.Output + run.Errors);
    }

    [Fact]
    public async Task Pull_Json_WritesEachSnapshotAsALine()
    {
        var run = new ExoRun();
        run.Service.Snapshots = [Snapshots.At(0), Snapshots.At(100)];

        await run.RunAsync("pull", "org/name", "--json");

        var lines = run.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["fetching", "done"], lines.Select(line => line.GetProperty("phase").GetString()));
        Assert.Equal(1048576000, lines[1].GetProperty("done_byte_count").GetInt64());
        Assert.Equal("running", lines[0].GetProperty("files")[0].GetProperty("state").GetString());
        Assert.Equal("", run.Errors);
    }

    [Fact]
    public async Task Pull_CtrlC_SaysWhatIsKept()
    {
        var run = new ExoRun();
        run.Service.Snapshots = [Snapshots.At(40), Snapshots.At(41)];
        run.Service.BeforePart = (index, _) => Task.FromResult(index == 1 && run.Console.Raise(StopSignal.Interrupt));

        Assert.Equal(130, await run.RunAsync("pull", "org/name"));

        Assert.Contains("Stopped. 400 MiB of 4.0 GiB are here and checked; the same command goes on from there.", run.Errors);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task Pull_JsonAndCtrlC_SaysWhatIsKeptBesideTheLines()
    {
        var run = new ExoRun();
        run.Service.Snapshots = [Snapshots.At(40), Snapshots.At(41)];
        run.Service.BeforePart = (index, _) => Task.FromResult(index == 1 && run.Console.Raise(StopSignal.Interrupt));

        Assert.Equal(130, await run.RunAsync("pull", "org/name", "--json"));

        Assert.StartsWith("Stopped. 400 MiB of 4.0 GiB are here", run.Errors);
        Assert.Single(run.Output.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Pull_OfAHubThatIsSilent_SaysWhatIsWaitedFor()
    {
        var run = new ExoRun { Time = new HastyTime() };
        run.Service.Planning = async () =>
        {
            await run.Console.ToldAsync("no answer yet");
            return run.Service.Plan;
        };

        Assert.Equal(0, await run.RunAsync("pull", "org/name"));

        Assert.StartsWith("Asking for org/name: no answer yet, still trying.", run.Errors);
    }

    [Fact]
    public async Task Pull_OnATerminal_LeavesNoBarBehind()
    {
        var run = new ExoRun { Console = FakeConsole.OnTerminal() };
        run.Service.Snapshots = [Snapshots.At(10), Snapshots.At(60), Snapshots.At(100)];

        await run.RunAsync("pull", "org/name");

        var rows = Screen.Rows(run.Errors, 80);
        Assert.Equal(2, rows.Length);
        Assert.StartsWith("Fetched and checked 900 MiB", rows[1]);
    }

    [Theory]
    [InlineData("pause", true, "Paused org/name at 0.4/1.0 GiB.\n")]
    [InlineData("resume", false, "Resumed org/name at 0.4/1.0 GiB.\n")]
    public async Task PauseAndResume_TellAServer(string command, bool isPaused, string told)
    {
        var run = new ExoRun();

        Assert.Equal(0, await run.RunAsync(command, "org/name"));

        Assert.NotNull(run.Place!.Server);
        Assert.Equal(new PullControl { Model = "org/name", Paused = isPaused }, Assert.Single(run.Service.Controlled));
        Assert.Equal(told, run.Output);
    }

    [Fact]
    public async Task Pull_WhoseNodesStillCount_IsNotToldAsDone()
    {
        var run = new ExoRun();
        run.Service.Snapshots = [Uncounted, Snapshots.At(50), Snapshots.At(100)];

        Assert.Equal(0, await run.RunAsync("pull", "org/name"));

        Assert.DoesNotContain("0/0 B", run.Errors);
        Assert.Single(run.Errors.Split('\n'), line => line.StartsWith("100 %", StringComparison.Ordinal));
        Assert.Equal(["waiting (p pauses)"], PullBars.Lines(Uncounted, 79, hasKeys: true));
    }

    [Fact]
    public async Task Pull_WithNothingToFetchOnAnyNode_SaysSo()
    {
        var run = new ExoRun();
        run.Service.Snapshots = [Uncounted, Uncounted with { Phase = PullPhase.Done }];

        Assert.Equal(0, await run.RunAsync("pull", "org/name"));

        Assert.Contains("100 %  all here\n", run.Errors);
        Assert.DoesNotContain("Fetched", run.Errors);
    }

    [Fact]
    public void Bars_PausedPull_SaysSoAndHowToGoOn()
    {
        var paused = Snapshots.At(42, PullPhase.Paused) with { Files = [new("model.safetensors", FileState.Paused, 420L << 20, 1000L << 20)] };

        var lines = PullBars.Lines(paused, 79, hasKeys: true);

        Assert.StartsWith("model.safetensors", lines[0]);
        Assert.Equal("0.4/1.0 GiB, paused (p goes on)", lines[^1]);
        Assert.EndsWith("(p pauses)", PullBars.Lines(Snapshots.At(42), 79, hasKeys: true)[^1]);
    }

    [Theory]
    [InlineData(79)]
    [InlineData(39)]
    [InlineData(25)]
    public void Bars_AnyWidth_FitAndTellOfTheWhole(int width)
    {
        var lines = PullBars.Lines(Snapshots.At(42), width);

        Assert.Equal(4, lines.Count);
        Assert.All(lines, line => Assert.InRange(TextWidth.Of(line), 1, Math.Max(width, 34)));
        Assert.All(lines.SkipLast(1), line => Assert.Contains(" %", line));
        Assert.StartsWith("total", lines[^2]);
        Assert.Contains("42 %", lines[^2]);
        Assert.Equal("0.4/1.0 GiB, 50.0 MiB/s, 12 s left", lines[^1]);
    }

    [Fact]
    public void Bars_FileThatEnds_LeavesNothingBehind()
    {
        var console = FakeConsole.OnTerminal();
        using var bars = new PullBars(console, new LiveArea(console), hasKeys: false);

        bars.Show(Snapshots.At(42));
        bars.Show(Snapshots.At(60));

        var rows = Screen.Rows(console.Errors.ToString(), 80);
        Assert.Equal(3, rows.Length);
        Assert.StartsWith("model-00002", rows[0]);
    }

    /// <summary>As a cluster tells it before its nodes know what they lack.</summary>
    private static PullProgress Uncounted { get; } = new() { Model = "org/name", Phase = PullPhase.Fetching, DoneByteCount = 0, ByteCount = 0, Files = [new("one: layers 0 to 3", FileState.Done, 0, 0)] };

    /// <summary>What is waited for is over at once.</summary>
    private sealed class HastyTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _ = Task.Run(() => callback(state));
            return System.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
