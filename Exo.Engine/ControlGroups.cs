using System.Globalization;

namespace Exo.Engine;

/// <summary>
/// What Linux lets this process's control groups have: a container's limit, a systemd unit's, and those of all groups around it. Versions 1 and 2.
/// Sources: the kernel's admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst; proc(5) for mountinfo.
/// </summary>
internal static class ControlGroups
{
    /// <summary>Above this a limit is version 1's way of saying none.</summary>
    private const long NoLimit = 1L << 60;

    /// <summary>The least of what any group around the process has left, page cache that it can give up counted as left; null where no group has a limit.</summary>
    /// <param name="root">"/", or a folder that stands for it.</param>
    public static MemoryLimit? Tightest(string root)
    {
        MemoryLimit? tightest = null;
        foreach (var (mount, folder, version) in Folders(root))
        {
            for (var at = folder; ; at = Path.GetDirectoryName(at)!)
            {
                if (Read(at, version) is { } limit && (tightest is null || limit.FreeByteCount < tightest.Value.FreeByteCount)) tightest = limit;
                if (at.Length <= mount.Length || Path.GetDirectoryName(at) is null) break;
            }
        }

        return tightest;
    }

    /// <summary>The process's folder in each mounted hierarchy that counts memory, and where the hierarchy is mounted.</summary>
    private static IEnumerable<(string Mount, string Folder, int Version)> Folders(string root)
    {
        var (groups, mounts) = (Path.Combine(root, "proc/self/cgroup"), Path.Combine(root, "proc/self/mountinfo"));
        if (!File.Exists(groups) || !File.Exists(mounts)) yield break;
        var lines = File.ReadAllLines(groups).Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3).ToList();
        foreach (var mount in File.ReadLines(mounts).Select(MountOf).OfType<(string Root, string Point, int Version)>())
        {
            var group = lines.Find(parts => mount.Version == 2 ? parts[0] == "0" && parts[1].Length == 0 : parts[1].Split(',').Contains("memory"));
            if (group is null) continue;
            // Within a container the mount shows a part of the hierarchy, and the path may begin outside of it.
            var path = mount.Root != "/" && group[2].StartsWith(mount.Root, StringComparison.Ordinal) ? group[2][mount.Root.Length..] : group[2];
            var point = Path.Combine(root, mount.Point.TrimStart('/'));
            var folder = Path.Combine(point, path.Trim('/'));
            yield return (point, Directory.Exists(folder) ? folder.TrimEnd('/') : point, mount.Version);
        }
    }

    /// <summary>"35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory"; null for other mounts.</summary>
    private static (string Root, string Point, int Version)? MountOf(string line)
    {
        var parts = line.Split(' ');
        var dash = Array.IndexOf(parts, "-");
        if (dash < 5 || parts.Length < dash + 4) return null;
        return parts[dash + 1] switch
        {
            "cgroup2" => (parts[3], parts[4], 2),
            "cgroup" when parts[dash + 3].Split(',').Contains("memory") => (parts[3], parts[4], 1),
            _ => null,
        };
    }

    private static MemoryLimit? Read(string folder, int version)
    {
        var (most, used) = version == 2
            ? (Least(Number(folder, "memory.max"), Number(folder, "memory.high")), Number(folder, "memory.current"))
            : (Number(folder, "memory.limit_in_bytes"), Number(folder, "memory.usage_in_bytes"));
        if (most is null or >= NoLimit || used is null) return null;
        var prefix = version == 2 ? "" : "total_";
        var cache = Statistics(folder).Where(line => line.Name == prefix + "inactive_file" || line.Name == prefix + "active_file").Sum(line => line.Value);
        return new MemoryLimit(most.Value, Math.Max(0, most.Value - Math.Max(0, used.Value - cache)));
    }

    private static long? Least(long? one, long? other) => one is null || other < one ? other : one;

    /// <summary>The number in a file; null where there is no such file, or it says "max".</summary>
    private static long? Number(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) && long.TryParse(File.ReadAllText(path).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static IEnumerable<(string Name, long Value)> Statistics(string folder)
    {
        var path = Path.Combine(folder, "memory.stat");
        if (!File.Exists(path)) yield break;
        foreach (var line in File.ReadLines(path))
            if (line.Split(' ') is [var name, var text] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) yield return (name, value);
    }
}

/// <summary>What a group may have.</summary>
/// <param name="ByteCount">The limit.</param>
/// <param name="FreeByteCount">What of it is left.</param>
internal readonly record struct MemoryLimit(long ByteCount, long FreeByteCount);
