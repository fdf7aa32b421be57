using System.Diagnostics;
using System.Text.RegularExpressions;
using Exo.Tests.Hub;
using Exo.Tests.Hub.Server;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Client.EndToEnd;

/// <summary>`exo pull` under a real shell on a terminal of its own, which `script` opens and writes down: Ctrl-Z, fg, bg and &amp;.</summary>
public sealed partial class TerminalStayTests
{
    private const string Script = "/usr/bin/script";
    private const string ShellRow = "row 42 of the shell";
    private const string Ended = "the pull ended with ";
    private const string CtrlZ = "\x1a";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Pull_StoppedByCtrlZAndBroughtBack_DrawsBelowTheShellsRowsAndEnds()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Script), "there is no `script` to open a terminal with");
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 100_000 });
        hub.Add(Repo, Large(400_000), Text("config.json"));
        using var room = new HubRoom(hub);
        var (typed, back) = (Path.Combine(room.Folder, "terminal"), Path.Combine(room.Folder, "back"));
        using var terminal = Start(room, hub, typed, $"set -m; $EXO pull {Repo}; echo row $((6 * 7)) of the shell; until [ -e {back} ]; do sleep 0.02; done; fg");

        var before = await WrittenAsync(typed, terminal, text => Up().IsMatch(text)); // It goes back up and draws again.
        await terminal.StandardInput.WriteAsync(CtrlZ);
        await terminal.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        await WrittenAsync(typed, terminal, text => text.Contains(ShellRow, StringComparison.Ordinal));
        await File.WriteAllTextAsync(back, "", TestContext.Current.CancellationToken);
        await terminal.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);

        var written = await File.ReadAllTextAsync(typed, TestContext.Current.CancellationToken);
        var after = written[(written.LastIndexOf(ShellRow, StringComparison.Ordinal) + ShellRow.Length)..];
        var row = after.IndexOf("model.safetensors", StringComparison.Ordinal);
        Assert.Contains("model.safetensors", before);
        Assert.True(row >= 0, written);
        Assert.True(Up().Match(after) is not { Success: true, Index: var up } || up > row, $"it drew over the shell's rows: {after}");
        Assert.True(terminal.ExitCode == 0, written);
        Assert.Equal(Large(400_000).Content.ToArray(), await File.ReadAllBytesAsync(Assert.Single(Directory.EnumerateFiles(room.Folder, "model.safetensors", SearchOption.AllDirectories)), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Pull_StoppedByCtrlZAndSentToTheBackground_IsNotStoppedAgain()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Script), "there is no `script` to open a terminal with");
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 100_000 });
        hub.Add(Repo, Large(1_000_000), Text("config.json"));
        using var room = new HubRoom(hub);
        var typed = Path.Combine(room.Folder, "terminal");
        using var terminal = Start(room, hub, typed, $"set -m; $EXO pull {Repo}; bg; wait $!; echo {Ended}$?");

        await WrittenAsync(typed, terminal, text => Up().IsMatch(text));
        await terminal.StandardInput.WriteAsync(CtrlZ);
        await terminal.StandardInput.FlushAsync(TestContext.Current.CancellationToken);

        await EndedWellAsync(terminal, typed);
    }

    [Fact]
    public async Task Pull_BegunInTheBackground_IsNotStoppedAndDrawsNoBars()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Script), "there is no `script` to open a terminal with");
        await using var hub = await HubServer.StartAsync(new HubServerOptions { ConnectionRate = 100_000 });
        hub.Add(Repo, Large(400_000), Text("config.json"));
        using var room = new HubRoom(hub);
        var typed = Path.Combine(room.Folder, "terminal");
        using var terminal = Start(room, hub, typed, $"set -m; $EXO pull {Repo} & wait $!; echo {Ended}$?");

        Assert.DoesNotMatch(Up(), await EndedWellAsync(terminal, typed));
    }

    /// <summary>What the terminal showed once the shell has ended, and the pull before it.</summary>
    private static async Task<string> EndedWellAsync(Process terminal, string typed)
    {
        var written = await WrittenAsync(typed, terminal, text => Regex.IsMatch(text, Ended + "[0-9]"));
        terminal.StandardInput.Close();
        await terminal.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.True(written.Contains(Ended + "0", StringComparison.Ordinal), written);
        return written;
    }

    private static Process Start(HubRoom room, HubServer hub, string typed, string command)
    {
        var start = new ProcessStartInfo(Script, ["--quiet", "--flush", "--return", "--command", command, typed]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["EXO"] = ExoProcess.Command;
        (start.Environment["HF_HOME"], start.Environment["HF_ENDPOINT"], start.Environment["HF_HUB_OFFLINE"]) = (room.Folder, hub.Endpoint, "0");
        (start.Environment["TERM"], start.Environment["SHELL"]) = ("xterm", "/bin/bash");
        var process = Process.Start(start)!;
        _ = process.StandardOutput.ReadToEndAsync(); // The same as the file.
        return process;
    }

    /// <summary>What the terminal showed, once it is as wanted.</summary>
    private static async Task<string> WrittenAsync(string typed, Process terminal, Predicate<string> isWanted)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var text = File.Exists(typed) ? await File.ReadAllTextAsync(typed) : "";
            if (isWanted(text)) return text;
            if (!terminal.HasExited && Stopwatch.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(20);
                continue;
            }

            if (!terminal.HasExited) terminal.Kill(entireProcessTree: true);
            Assert.Fail($"the terminal never showed what was waited for, but: {text}");
        }
    }

    /// <summary>The cursor goes up some rows.</summary>
    [GeneratedRegex("\e\\[[0-9]+A")]
    private static partial Regex Up();
}
