using System.Runtime.InteropServices;

namespace Exo.Engine.Weights;

/// <summary>Asks the operating system to bring mapped pages in. Advice only: where a system knows none of it, nothing happens.</summary>
internal static unsafe partial class PageAdvice
{
    private const int WillNeed = 3;
    private const int DontNeed = 4;
    private const int HugePage = 14;
    private const int PopulateRead = 22; // Linux 5.14

    /// <summary>Asks for large pages under memory about to be filled.</summary>
    public static void PreferLarge(byte* start, long byteCount)
    {
        if (OperatingSystem.IsLinux()) Advise(start, byteCount, HugePage);
    }

    /// <summary>Starts reading the pages of a range and returns at once.</summary>
    public static void ReadAhead(byte* start, long byteCount) => Advise(start, byteCount, WillNeed);

    /// <summary>Brings the pages of a range in and maps them; returns when they are there.</summary>
    public static void Populate(byte* start, long byteCount)
    {
        if (OperatingSystem.IsLinux() && Advise(start, byteCount, PopulateRead)) return;
        Touch(start, byteCount);
    }

    /// <summary>Gives a mapped file's pages that lie wholly in a range back; reading them again brings them in again. Never for memory that is no file's: its contents would be gone.</summary>
    public static void GiveBack(byte* start, long byteCount)
    {
        var page = (long)Environment.SystemPageSize;
        var inset = (page - (long)start % page) % page;
        Advise(start + inset, (byteCount - inset) / page * page, DontNeed);
    }

    private static void Touch(byte* start, long byteCount)
    {
        for (long at = 0; at < byteCount; at += Environment.SystemPageSize) Volatile.Read(ref start[at]);
    }

    private static bool Advise(byte* start, long byteCount, int advice)
    {
        if (byteCount <= 0 || !(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())) return false;
        var page = (nuint)Environment.SystemPageSize;
        var first = (nuint)start / page * page;
        try
        {
            return madvise((void*)first, (nuint)start + (nuint)byteCount - first, advice) == 0;
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc")]
    private static partial int madvise(void* address, nuint length, int advice);
}
