using System.Diagnostics;
using System.Text.Json;

namespace Exo.Benchmarks.Engine;

/// <summary>llama.cpp's figures on a GGUF, by the bench.mjs of a folder in which node-llama-cpp is installed.</summary>
internal static class LlamaCpp
{
    /// <summary>Runs bench.mjs; figures by its names ("pp512", "tg", "tg x8"), tokens a second, medians.</summary>
    public static Dictionary<string, double> Measure(string folder, string model, int threads, params string[] arguments)
    {
        var start = new ProcessStartInfo("node") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["bench.mjs", Path.GetFullPath(model), "--threads", $"{threads}", .. arguments]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("node did not start");
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"bench.mjs in {folder} ended with {process.ExitCode}");
        using var json = JsonDocument.Parse(output.Trim().Split('\n')[^1]);
        return json.RootElement.GetProperty("results").EnumerateArray().ToDictionary(result => result.GetProperty("name").GetString()!, result => result.GetProperty("tps").GetDouble());
    }
}
