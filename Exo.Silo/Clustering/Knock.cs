using System.Net;
using System.Net.Sockets;

namespace Exo.Silo.Clustering;

/// <summary>Finds out whether a process listens somewhere.</summary>
internal static class Knock
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(500);

    /// <summary>False where the connection is refused; true also where there is neither a yes nor a no in time: somebody may be there, and slow.</summary>
    public static async Task<bool> AnswersAsync(IPEndPoint endpoint, CancellationToken cancellationToken = default)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Timeout);
        try
        {
            await socket.ConnectAsync(endpoint, timeout.Token);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return true;
        }
    }
}
