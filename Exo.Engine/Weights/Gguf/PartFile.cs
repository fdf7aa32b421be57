using System.Diagnostics;
using System.Globalization;

namespace Exo.Engine.Weights.Gguf;

/// <summary>What a file is called while it is being written: hidden, beside the place it will take, with the number of the process that writes it.</summary>
internal static class PartFile
{
    private const string Ending = ".part";

    /// <param name="path">The file's place, absolute.</param>
    public static string Beside(string path) => Path.Combine(Path.GetDirectoryName(path)!, $"{Beginning(path)}{Environment.ProcessId}{Ending}");

    /// <summary>Removes what processes that were killed left of this file.</summary>
    public static void RemoveAbandoned(string path)
    {
        var beginning = Beginning(path);
        foreach (var part in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, "*" + Ending))
        {
            var name = Path.GetFileNameWithoutExtension(part);
            if (!name.StartsWith(beginning, StringComparison.Ordinal)) continue;
            if (int.TryParse(name.AsSpan(beginning.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var writer) && !IsRunning(writer)) RemoveUnlessHeld(part);
        }
    }

    private static string Beginning(string path) => $".{Path.GetFileName(path)}.";

    private static bool IsRunning(int process)
    {
        try
        {
            using var running = Process.GetProcessById(process);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>A file that is open is being written by a process of another machine or container, whose numbers mean nothing here.</summary>
    private static void RemoveUnlessHeld(string part)
    {
        try
        {
            new FileStream(part, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            // It is held, has gone meanwhile, or is somebody else's.
        }
    }
}
