using System.Net.Sockets;

namespace Exo.Hub.Protocol;

/// <summary>
/// A connection whose socket blocks: a read is one call to the system on the reading thread. .NET's own connections are made for asynchronous
/// use; a blocking read on one of them goes through a shared event thread and the thread pool, which a fast download keeps busy for nothing.
/// The few asynchronous calls of the HTTP stack (the TLS handshake) get a thread each.
/// </summary>
internal sealed class BlockingConnection(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return Socket.Receive(buffer);
        }
        catch (SocketException broken)
        {
            throw new IOException(broken.Message, broken);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Connects on a thread of its own; for <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await using var cancelled = cancellationToken.Register(static socket => ((Socket)socket!).Dispose(), socket);
            await OnOwnThread(() =>
            {
                socket.Connect(context.DnsEndPoint);
                return 0;
            }).WaitAsync(cancellationToken).ConfigureAwait(false); // A name that takes long to resolve is not waited for.
            return new BlockingConnection(socket);
        }
        catch (Exception broken)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            if (broken is SocketException) throw;
            throw new IOException("The connection was closed while it was being made.", broken);
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(OnOwnThread(() => Read(buffer.Span)));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => OnOwnThread(() => Read(buffer, offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => new(OnOwnThread(() =>
    {
        Write(buffer.Span);
        return 0;
    }));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    private static Task<T> OnOwnThread<T>(Func<T> call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
