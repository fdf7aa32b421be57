using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Exo.Hub.Transfer;

/// <summary>
/// A file that is being filled at many places at once, and its journal. Writes and reads are positioned and need no lock; the journal is
/// written under one. Bytes go before their record, always.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private const int WriteSize = 32 << 10;

    private readonly Lock _flushGate = new();
    private readonly Lock _journalGate = new();
    private readonly Action<SafeFileHandle> _flushToDisk;
    private readonly string _path;
    private readonly string _journalPath;
    private readonly SafeFileHandle _data;
    private readonly DirectWrites? _direct;
    private volatile bool _isDirect;
    private readonly RangeJournal _journal;
    private List<ByteRange> _unflushed;
    private volatile Exception? _failure;

    /// <param name="request">Which file.</param>
    /// <param name="pool">Gives memory for what is to be hashed.</param>
    /// <param name="flushToDisk">Has the disk take what was written; the system's where left out.</param>
    public PartialFile(TransferRequest request, BlockPool pool, Action<SafeFileHandle>? flushToDisk = null)
    {
        _flushToDisk = flushToDisk ?? RandomAccess.FlushToDisk;
        Written = request.Expected is null ? null : new WrittenBlocks(pool);
        (_path, _journalPath) = (request.PartialPath, request.JournalPath);
        Kind = request.Expected is null ? RangeDigestKind.Sha256 : RangeDigestKind.Crc32C;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);

        RemoveLink(_path);
        RemoveLink(_journalPath);
        var isNew = !File.Exists(_path);
        if (isNew) File.Delete(_journalPath); // A journal without its bytes says nothing.
        _data = File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            _journal = RangeJournal.Open(_journalPath, request.FileByteCount, Kind, request.ETag, out var known);
            Known = known;
            _unflushed = [.. known.Select(record => record.Range)]; // Nobody knows whether the earlier run came to it.
            if (RandomAccess.GetLength(_data) != request.FileByteCount) RandomAccess.SetLength(_data, request.FileByteCount); // Sparse: holes take no room.
            _direct = DirectWrites.Open(_path);
            _isDirect = _direct is not null;
        }
        catch
        {
            _data.Dispose();
            throw;
        }
    }

    public RangeDigestKind Kind { get; }

    /// <summary>What was written and isn't hashed yet; null where the whole is never hashed.</summary>
    public WrittenBlocks? Written { get; }

    /// <summary>What an earlier run left. To be checked before it is believed.</summary>
    public IReadOnlyList<LandedRange> Known { get; }

    /// <summary>Writes the first <paramref name="count"/> bytes of a block: whole pages past the page cache, where the system can.</summary>
    public void Write(Block block, int count, long position)
    {
        var bytes = block.At(position)[..count];
        var head = (int)Math.Min(-position & (Block.Alignment - 1), count);
        var pages = (count - head) & ~(Block.Alignment - 1);
        Write(bytes[..head], position);
        WritePages(bytes.Slice(head, pages), position + head);
        Write(bytes[(head + pages)..], position + head + pages);
    }

    /// <summary>Reads exactly <paramref name="destination"/>; what lies beyond the file's end reads as zeros.</summary>
    public void Read(Span<byte> destination, long position)
    {
        while (!destination.IsEmpty)
        {
            var count = RandomAccess.Read(_data, destination, position);
            if (count == 0)
            {
                destination.Clear();
                return;
            }
            destination = destination[count..];
            position += count;
        }
    }

    /// <exception cref="IOException">The disk is full or fails, also where a flush found that.</exception>
    public void Land(LandedRange landed)
    {
        lock (_journalGate)
        {
            ThrowIfFailed();
            _journal.Land(landed);
            _unflushed.Add(landed.Range);
        }
    }

    public void Forget(ByteRange range)
    {
        lock (_journalGate) _journal.Forget(range);
        Written?.Forget(range);
    }

    /// <summary>Whether the bytes on disk still give the record's digest.</summary>
    /// <param name="record">The record.</param>
    /// <param name="buffer">Any size; larger is faster.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public bool IsIntact(LandedRange record, Span<byte> buffer, CancellationToken cancellationToken)
    {
        using var digester = new RangeDigester(Kind);
        for (var position = record.Range.Start; position < record.Range.End;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var part = buffer[..(int)Math.Min(buffer.Length, record.Range.End - position)];
            Read(part, position);
            digester.Append(part);
            position += part.Length;
        }
        return CryptographicOperations.FixedTimeEquals(digester.Finish(), record.Digest);
    }

    /// <summary>Makes what landed so far survive a power cut: the bytes first, then their records. What landed since the last time is forgotten where the disk doesn't take it.</summary>
    /// <exception cref="IOException">The disk is full or fails, now or at an earlier flush.</exception>
    public void Flush() => Flush(always: false);

    /// <summary>
    /// Gives the verified file its final name. The journal stays until <see cref="Settle"/>: a final name with a journal beside it, and nobody
    /// at work on it, is a file whose last bytes a power cut may have taken.
    /// </summary>
    /// <exception cref="IOException">The disk is full or fails, also where a flush found that.</exception>
    public void Finish(string finishedPath)
    {
        ThrowIfFailed();
        File.Move(_path, finishedPath, overwrite: true);
    }

    /// <summary>Makes a finished file survive a power cut: bytes to disk, then the journal away.</summary>
    /// <exception cref="IOException">The disk is full or fails, now or at an earlier flush: the journal stays.</exception>
    public void Settle()
    {
        Flush(always: true);
        Dispose();
        File.Delete(_journalPath);
    }

    /// <summary>Throws everything away: nothing of it can be trusted.</summary>
    public void Discard()
    {
        Dispose();
        File.Delete(_path);
        File.Delete(_journalPath);
    }

    public void Dispose()
    {
        Written?.Dispose();
        _direct?.Dispose();
        _data.Dispose();
        _journal?.Dispose();
    }

    /// <summary>One at a time: the system tells of bytes that it lost once, to whoever flushes first.</summary>
    private void Flush(bool always)
    {
        lock (_flushGate)
        {
            ThrowIfFailed();
            List<ByteRange> landed;
            lock (_journalGate) (landed, _unflushed) = (_unflushed, []);
            if (landed.Count == 0 && !always) return;
            try
            {
                _flushToDisk(_data);
                _journal.Flush();
            }
            catch (Exception failure) when (DiskFailure.Is(failure))
            {
                lock (_journalGate)
                {
                    _failure = failure;
                    _journal.Withdraw(landed.Concat(_unflushed)); // Read back, they may come from memory and look right.
                }
                throw;
            }
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure) throw new IOException(failure.Message, failure.HResult);
    }

    /// <summary>Through a link in the file's place, what comes would be written wherever it leads.</summary>
    private static void RemoveLink(string path)
    {
        if (new FileInfo(path).LinkTarget is not null) File.Delete(path);
    }

    private void WritePages(ReadOnlySpan<byte> bytes, long position)
    {
        if (bytes.IsEmpty) return;
        try
        {
            if (_isDirect)
            {
                _direct!.Write(bytes, position);
                return;
            }
        }
        catch (IOException refused) when (!DiskFailure.IsFull(refused))
        {
            _isDirect = false; // Some file systems say only now that they can't. Where the disk is at fault the write below says so, or the next flush.
        }

        Write(bytes, position);
    }

    /// <summary>Through the page cache, a little at a time: other threads wait for the core while the system is at it.</summary>
    private void Write(ReadOnlySpan<byte> bytes, long position)
    {
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(WriteSize, bytes.Length)];
            RandomAccess.Write(_data, piece, position);
            bytes = bytes[piece.Length..];
            position += piece.Length;
        }
    }
}
