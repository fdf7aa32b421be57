using Microsoft.Win32.SafeHandles;

namespace Exo.Client.Terminal;

/// <summary>Standard output or error as a stream that tells its reader's going from a failure of its disk.</summary>
/// <param name="inner">Takes the bytes; null where the program was started with the stream closed.</param>
/// <param name="name">"standard output".</param>
/// <param name="isFile">It is no pipe and no terminal.</param>
internal sealed class StandardOutput(Stream? inner, string name, bool isFile) : Stream
{
    /// <summary>Opens the stream of a file descriptor, 1 or 2. What is told on a standard error that is closed goes nowhere; an answer is not lost so.</summary>
    public static Stream Open(int descriptor)
    {
        var name = descriptor == 1 ? "standard output" : "standard error";
        if (!GivenStream.Is(descriptor)) return descriptor == 1 ? new StandardOutput(null, name, isFile: false) : Null;
        return OpenPipe(descriptor) is { } pipe
            ? new StandardOutput(pipe, name, isFile: false)
            : new StandardOutput(descriptor == 1 ? Console.OpenStandardOutput() : Console.OpenStandardError(), name, isFile: true);
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (inner is null) throw OutputFailure.OfClosed(name);
        try
        {
            inner.Write(buffer);
        }
        catch (IOException failure)
        {
            throw OutputFailure.Of(failure, name, isFile);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>
    /// On Unix the runtime's own console stream takes a closed pipe for a success, so pipes and terminals are written as files.
    /// A redirection to a file is not: a file stream keeps a position of its own, and two processes that share the file would
    /// write over each other.
    /// </summary>
    private static FileStream? OpenPipe(int descriptor)
    {
        if (OperatingSystem.IsWindows()) return null;
        try
        {
            var stream = new FileStream(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            return stream.CanSeek ? null : stream;
        }
        catch (Exception unusable) when (unusable is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
