namespace Exo.Engine.Weights;

/// <summary>Where a path leads once its links are followed, folders' and files'.</summary>
internal static class PhysicalPath
{
    /// <summary>Links followed one after the other at the most, as Linux does; a ring of them leads nowhere.</summary>
    private const int MostLinks = 40;

    /// <summary>Windows' and macOS's disks take names that differ in case alone for one, as a rule.</summary>
    private static readonly StringComparison Comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    /// <summary>Whether two paths lead to one place.</summary>
    public static bool AreSame(string one, string other) => string.Equals(Of(one), Of(other), Comparison);

    /// <summary>The path without links; what doesn't exist stays as it is.</summary>
    public static string Of(string path)
    {
        var links = 0;
        return Follow(Path.GetFullPath(path), ref links);
    }

    private static string Follow(string path, ref int links)
    {
        // From the root on: a link's target may lie behind further links.
        if (Path.GetDirectoryName(path) is not { } parent) return path;
        var at = Path.Combine(Follow(parent, ref links), Path.GetFileName(path));
        if (new FileInfo(at).LinkTarget is not { } target || links++ >= MostLinks) return at;
        return Follow(Path.GetFullPath(target, Path.GetDirectoryName(at)!), ref links);
    }
}
