using Exo.Engine;

namespace Exo.Tests.Engine;

/// <summary>Free memory as Linux tells it, from files that stand for /proc and /sys.</summary>
public sealed class FreeMemoryTests : IDisposable
{
    private const long Mebi = 1 << 20;

    private readonly TempFolder _root = new();

    public FreeMemoryTests() => Write("proc/meminfo", "MemTotal:       24000000 kB\nMemFree:        10 kB\nMemAvailable:   16777216 kB\n");

    [Fact]
    public void ByteCount_NoContainer_IsWhatTheSystemHasAvailable()
    {
        Assert.Equal(16384 * Mebi, FreeMemory.ByteCount(_root.Path));
        Assert.Equal(24_000_000L * 1024, FreeMemory.TotalByteCount(_root.Path));
    }

    [Fact]
    public void ByteCount_OnThisMachine_IsAPartOfItsMemory()
    {
        Assert.InRange(FreeMemory.ByteCount(), 1, FreeMemory.TotalByteCount() - 1);
        Assert.True(SystemMemory.Available() is > 0 || !(OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()));
    }

    [Fact]
    public void ByteCount_ContainerOfVersion2_IsItsLimitLessWhatItUsesWithoutCache()
    {
        Mounts("29 23 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw", "0::/");
        Version2("sys/fs/cgroup", "8589934592", 6000 * Mebi, inactive: 900 * Mebi, active: 100 * Mebi);

        Assert.Equal(8192 * Mebi - 5000 * Mebi, FreeMemory.ByteCount(_root.Path));
        Assert.Equal(8192 * Mebi, FreeMemory.TotalByteCount(_root.Path));
        Assert.Equal(16384 * Mebi, FreeMemory.MachineByteCount(_root.Path)); // What all containers have together.
    }

    /// <summary>A unit within a slice within another: the tightest of them counts, wherever it is.</summary>
    [Theory]
    [InlineData("max", "1073741824", 1024 - 100)]
    [InlineData("536870912", "1073741824", 512 - 100)]
    [InlineData("max", "max", 16384)]
    public void ByteCount_GroupsWithinGroups_TheTightestCounts(string inner, string outer, long mebibytes)
    {
        Mounts("29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate", "0::/user.slice/exo.service");
        Version2("sys/fs/cgroup/user.slice", outer, 100 * Mebi);
        Version2("sys/fs/cgroup/user.slice/exo.service", inner, 100 * Mebi);

        Assert.Equal(mebibytes * Mebi, FreeMemory.ByteCount(_root.Path));
    }

    [Fact]
    public void ByteCount_SoftLimitBelowTheHardOne_Counts()
    {
        Mounts("29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw", "0::/");
        Version2("sys/fs/cgroup", "8589934592", 0);
        Write("sys/fs/cgroup/memory.high", "4294967296\n");

        Assert.Equal(4096 * Mebi, FreeMemory.ByteCount(_root.Path));
    }

    /// <summary>As Docker shows it without a namespace: the path begins with what the mount shows the inside of.</summary>
    [Fact]
    public void ByteCount_ContainerOfVersion1_IsItsLimitLessWhatItUses()
    {
        Mounts("35 31 0:32 /docker/c0ffee /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory", "9:name=systemd:/\n4:memory:/docker/c0ffee\n1:cpu,cpuacct:/");
        Version1("sys/fs/cgroup/memory", 2048 * Mebi, 1500 * Mebi, cache: 500 * Mebi);

        Assert.Equal(1048 * Mebi, FreeMemory.ByteCount(_root.Path));
    }

    /// <summary>Both versions mounted, the second without a memory controller, and no limit: as on many older systems.</summary>
    [Fact]
    public void ByteCount_BothVersionsAndNoLimit_IsWhatTheSystemHas()
    {
        Mounts("35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw", "4:memory:/some/group\n0::/");
        Version1("sys/fs/cgroup/memory/some/group", long.MaxValue / 4096 * 4096, 1500 * Mebi, cache: 0);
        Directory.CreateDirectory(_root.File("sys/fs/cgroup/unified"));

        Assert.Equal(16384 * Mebi, FreeMemory.ByteCount(_root.Path));
    }

    [Fact]
    public void ByteCount_NoSuchFiles_IsUnknown()
    {
        using var empty = new TempFolder();

        Assert.Null(FreeMemory.ByteCount(empty.Path));
        Assert.Null(FreeMemory.TotalByteCount(empty.Path));
    }

    [Fact]
    public void ByteCount_OfThisMachine_IsPlausible() => Assert.InRange(FreeMemory.ByteCount(), 1, FreeMemory.TotalByteCount());

    public void Dispose() => _root.Dispose();

    private void Mounts(string mountinfo, string groups)
    {
        Write("proc/self/mountinfo", $"22 27 0:21 / /proc rw,relatime - proc proc rw\n{mountinfo}\n");
        Write("proc/self/cgroup", groups + "\n");
    }

    private void Version2(string folder, string max, long current, long inactive = 0, long active = 0)
    {
        Write($"{folder}/memory.max", max + "\n");
        Write($"{folder}/memory.current", current + "\n");
        Write($"{folder}/memory.stat", $"anon 1\nfile 2\ninactive_file {inactive}\nactive_file {active}\n");
    }

    private void Version1(string folder, long limit, long usage, long cache)
    {
        Write($"{folder}/memory.limit_in_bytes", limit + "\n");
        Write($"{folder}/memory.usage_in_bytes", usage + "\n");
        Write($"{folder}/memory.stat", $"inactive_file 7\ntotal_inactive_file {cache}\ntotal_active_file 0\n");
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root.File(name))!);
        File.WriteAllText(_root.File(name), text);
    }
}
