using System.Diagnostics;

namespace Exo.Tests.Client.EndToEnd;

/// <summary>The built program as a process of its own.</summary>
internal static class ExoProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>How a shell starts the program.</summary>
    public static string Command { get; } = $"dotnet {Path.Combine(AppContext.BaseDirectory, "exo.dll")}";

    /// <summary>What came of a run.</summary>
    public sealed record Result(int ExitCode, string Output, string Errors);

    /// <summary>Runs exo to its end; one that doesn't end is killed and fails.</summary>
    /// <param name="arguments">Its command line.</param>
    /// <param name="input">What is piped in.</param>
    public static Task<Result> RunAsync(string[] arguments, string input = "") => RunAsync(Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "exo.dll"), .. arguments]), input);

    /// <summary>Runs a shell command in which $EXO is the program. Ctrl-C's signal is not ignored there, as it is by all that a script runs in the background.</summary>
    public static Task<Result> ShellAsync(string command) => RunAsync(
        OperatingSystem.IsLinux() ? Start("/usr/bin/env", ["--default-signal=INT", "/bin/bash", "-c", command]) : Start("/bin/bash", ["-c", command]), "");

    private static ProcessStartInfo Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["EXO"] = Command;
        start.Environment["HF_HUB_OFFLINE"] = "1";
        return start;
    }

    private static async Task<Result> RunAsync(ProcessStartInfo start, string input)
    {
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            var states = ProcessTree.Describe(process.Id);
            process.Kill(entireProcessTree: true);
            Assert.Fail($"exo did not end within {Patience}: {string.Join(' ', start.ArgumentList)}\nwrote: {await output}\nand: {await errors}\n{states}");
        }
        return new Result(process.ExitCode, await output, await errors);
    }
}
