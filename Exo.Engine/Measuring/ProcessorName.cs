using System.Runtime.InteropServices;

namespace Exo.Engine.Measuring;

/// <summary>What the processor calls itself.</summary>
public static class ProcessorName
{
    private const string LinuxFile = "/proc/cpuinfo";

    /// <summary>"AMD EPYC 9654", or the architecture where the system does not tell.</summary>
    public static string Get()
    {
        if (OperatingSystem.IsLinux() && File.Exists(LinuxFile) && Find(File.ReadLines(LinuxFile)) is { } name) return name;
        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
    }

    /// <summary>The value of the first "model name : …" line; null where there is none.</summary>
    internal static string? Find(IEnumerable<string> lines) => lines
        .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
        .FirstOrDefault(parts => parts is ["model name", { Length: > 0 }])?[1];
}
