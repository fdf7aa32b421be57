namespace Exo.Hub.Transfer;

/// <summary>Turns what a disk refuses into words that say what to do.</summary>
internal static class DiskFailure
{
    private const int NoSpaceUnix = 28;
    private const int QuotaLinux = 122;
    private const int QuotaMac = 69;
    private const int FileTooLargeUnix = 27;
    private const int DiskFullWindows = unchecked((int)0x80070070);

    /// <summary>Whether the exception is the disk's and not the network's.</summary>
    public static bool Is(Exception exception) => exception is IOException or UnauthorizedAccessException or System.Security.SecurityException;

    /// <summary>Whether there is no room, or none that the user may take.</summary>
    public static bool IsFull(IOException exception) => exception.HResult is NoSpaceUnix or QuotaLinux or QuotaMac or DiskFullWindows;

    public static HubException Of(Exception exception, string path) => exception switch
    {
        HubException known => known,
        IOException failure when IsFull(failure) =>
            new(HubError.NotEnoughSpace, $"The disk is full while writing {path}. What has come is kept: make room (exo rm MODEL) and pull again, or set HF_HUB_CACHE to another disk.", exception),
        IOException { HResult: FileTooLargeUnix } =>
            new(HubError.StoreFailed, $"The file system cannot hold a file as large as {path}. Set HF_HUB_CACHE to a disk that can.", exception),
        UnauthorizedAccessException => new(HubError.StoreFailed, $"{path} may not be written: {exception.Message} Check its owner and rights, or set HF_HUB_CACHE.", exception),
        _ => new(HubError.StoreFailed, $"The store fails at {path}: {exception.Message} Check the disk, or set HF_HUB_CACHE to another.", exception),
    };
}
