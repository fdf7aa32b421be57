namespace Exo.Hub.Protocol;

/// <summary>Which names of files may come from a server. A name that could leave the snapshot folder, on any system, is refused.</summary>
public static class RepositoryPath
{
    private const int LongestPath = 1024;
    private const int LongestPart = 255;
    private static readonly string[] WindowsDevices = ["CON", "PRN", "AUX", "NUL"];

    /// <summary>The path itself where it is safe.</summary>
    /// <param name="path">'/' between its parts, as the hub lists it.</param>
    /// <exception cref="HubException"><see cref="HubError.UnsafeFile"/>.</exception>
    public static string Checked(string path) => Fault(path) is { } fault
        ? throw new HubException(HubError.UnsafeFile, $"The server names a file '{Shown(path)}', which is refused: {fault}. Do not trust this repository or mirror.")
        : path;

    /// <summary>Whether the path is safe.</summary>
    public static bool IsSafe(string path) => Fault(path) is null;

    private static string? Fault(string path)
    {
        if (path.Length is 0 or > LongestPath) return $"a path has 1 to {LongestPath} characters";
        if (path.Any(c => char.IsControl(c) || c is '\\' or ':' or '\u202e')) return "it holds a control character, '\\' or ':'";
        foreach (var part in path.Split('/'))
        {
            if (part.Length is 0 or > LongestPart) return "a part of it is empty or too long";
            if (part is "." or "..") return "it climbs out of its folder";
            if (part[^1] is '.' or ' ') return "a part of it ends with '.' or a blank";
            if (part.Equals(".git", StringComparison.OrdinalIgnoreCase)) return "it lies in .git";
            if (WindowsDevices.Contains(part.Split('.')[0], StringComparer.OrdinalIgnoreCase)) return "a part of it names a device";
        }
        return null;
    }

    private static string Shown(string path) =>
        new([.. path.Take(120).Select(c => char.IsControl(c) ? '?' : c)]);
}
