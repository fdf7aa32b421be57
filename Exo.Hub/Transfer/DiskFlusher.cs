namespace Exo.Hub.Transfer;

/// <summary>
/// The disk thread: makes what has landed survive a power cut, again and again while files are being written, so that the end has little left to write.
/// </summary>
/// <param name="open">The transfers whose files are being written; null when there are none any more.</param>
/// <param name="fail">Ends a transfer whose bytes the disk doesn't take: what was written through memory may be lost only here, and is told of once.</param>
/// <param name="stopping">Ends the waiting in between.</param>
internal sealed class DiskFlusher(Func<IReadOnlyList<FileTransfer>?> open, Action<FileTransfer, Exception> fail, CancellationToken stopping)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public void Run()
    {
        while (open() is { } transfers)
        {
            foreach (var transfer in transfers)
            {
                try
                {
                    transfer.File!.Flush();
                }
                catch (ObjectDisposedException)
                {
                    // It ended meanwhile.
                }
                catch (Exception disk) when (DiskFailure.Is(disk))
                {
                    fail(transfer, DiskFailure.Of(disk, transfer.Request.PartialPath));
                }
            }
            stopping.WaitHandle.WaitOne(Pause);
        }
    }
}
