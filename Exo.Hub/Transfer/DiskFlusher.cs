namespace Exo.Hub.Transfer;

/// <summary>
/// The disk thread: makes what has landed survive a power cut, again and again while files are being written, so that the end has little left to write.
/// </summary>
/// <param name="openFiles">The files being written; null when there are none any more.</param>
/// <param name="stopping">Ends the waiting in between.</param>
internal sealed class DiskFlusher(Func<PartialFile[]?> openFiles, CancellationToken stopping)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public void Run()
    {
        while (openFiles() is { } files)
        {
            foreach (var file in files)
            {
                try
                {
                    file.Flush();
                }
                catch (Exception closed) when (closed is ObjectDisposedException or IOException)
                {
                    // It ended meanwhile, or the disk fails: the writers meet the same failure and say so.
                }
            }
            stopping.WaitHandle.WaitOne(Pause);
        }
    }
}
