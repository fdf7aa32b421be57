using System.Buffers;
using Exo.Hub.Protocol;

namespace Exo.Hub.Transfer;

/// <summary>
/// A transfer's own thread: opens the file, checks what an earlier run left, hashes in order behind the connections, finds out on a mismatch,
/// and makes the file whole. It hashes the very memory that was written; what there was no room for, and what an earlier run left, is read back.
/// </summary>
internal sealed class TransferRun(FileTransfer transfer, TransferEngine engine)
{
    private const int ChunkSize = 256 << 10;

    /// <summary>Bytes hashed at one go: whoever waits for the core waits no longer.</summary>
    private const int HashSize = 32 << 10;

    private const int MostRepairs = 3;

    private readonly BulkThread _bulk = new("exo hash");
    private readonly CancellationToken _ended = engine.Stopping;
    private ContentHasher? _hasher;
    private long _position;
    private int _repairs;
    private bool _fetchedTwice;

    /// <summary>Runs to the end; never throws.</summary>
    public void Run()
    {
        Exception? failure = null;
        byte[]? buffer = null;
        PartialFile? file = null;
        try
        {
            file = new PartialFile(transfer.Request, engine.Blocks, engine.FlushToDisk);
            lock (engine.Gate) transfer.Opened(file);
            engine.Wake();
            buffer = ArrayPool<byte>.Shared.Rent(file.Known.Count > 0 ? Math.Max(engine.Options.RangeByteCount, ChunkSize) : ChunkSize);
            Follow(file, buffer);
            lock (engine.Gate) transfer.Finishing();
            Finish(file);
        }
        catch (Exception caught)
        {
            failure = DiskFailure.Is(caught) ? DiskFailure.Of(caught, transfer.Request.PartialPath) : caught;
        }
        finally
        {
            _bulk.Dispose();
            _hasher?.Dispose();
            if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer);
            engine.Ended(transfer, failure, file); // Waits until no connection writes any more.
        }
    }

    private void Follow(PartialFile file, byte[] buffer)
    {
        StartHash();
        while (true)
        {
            RunStep step;
            lock (engine.Gate) step = transfer.Next(_position);
            switch (step.Action)
            {
                case RunAction.End: throw transfer.Failure!;
                case RunAction.Check: Check(file, step.Record!, buffer); break;
                case RunAction.Hash: _bulk.Run(() => Hash(file, step.Range, buffer)); break;
                case RunAction.Forget: ForgetChanged(file); break;
                case RunAction.Wait: transfer.News.WaitOne(); break;
                case RunAction.Finish when IsRight(file, buffer): return;
            }
        }
    }

    /// <summary>Holds an earlier run's range against its record; at the front, hashes it out of the same read.</summary>
    private void Check(PartialFile file, LandedRange record, byte[] buffer)
    {
        var intact = false;
        _bulk.Run(() => intact = IsIntact(file, record, buffer));
        if (!intact) file.Forget(record.Range);
        lock (engine.Gate) transfer.Checked(record, intact);
        if (!intact) engine.Wake();
    }

    private bool IsIntact(PartialFile file, LandedRange record, byte[] buffer)
    {
        var atFront = _hasher is not null && record.Range.Start == _position && record.Range.Length <= buffer.Length;
        if (!atFront) return file.IsIntact(record, buffer.AsSpan(0, ChunkSize), _ended);
        var bytes = buffer.AsSpan(0, (int)record.Range.Length);
        file.Read(bytes, record.Range.Start);
        using var digester = new RangeDigester(file.Kind);
        digester.Append(bytes);
        if (!digester.Finish().AsSpan().SequenceEqual(record.Digest)) return false;
        Append(bytes);
        return true;
    }

    private void Hash(PartialFile file, ByteRange range, byte[] buffer)
    {
        var enough = range.Start + engine.Options.RangeByteCount;
        while (_position < Math.Min(range.End, enough))
        {
            if (file.Written!.TryTake(_position, out var block, out var count))
            {
                Append(block.At(_position)[..count]);
                engine.Blocks.Return(block);
            }
            else
            {
                var bytes = buffer.AsSpan(0, (int)Math.Min(ChunkSize, Math.Min(range.End, file.Written.NextFrom(_position + 1)) - _position));
                file.Read(bytes, _position);
                Append(bytes);
            }
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _position += bytes.Length;
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(bytes.Length, HashSize)];
            _hasher!.Append(piece);
            Thread.Yield();
            bytes = bytes[piece.Length..];
        }
    }

    /// <summary>A source turned out to hold another file: what came from it is fetched anew.</summary>
    private void ForgetChanged(PartialFile file)
    {
        IReadOnlyList<LandedRange> records;
        lock (engine.Gate)
        {
            if (transfer.TakeChanged() is not { } changed) return;
            records = changed.Source.IsPeer ? [.. transfer.Records.Where(record => record.FromPeer)] : transfer.Records;
        }
        Forget(file, records, compare: false);
    }

    /// <summary>Whether the hash is the announced one. Where not, forgets what is suspect so that it is fetched again, or gives up.</summary>
    private bool IsRight(PartialFile file, byte[] buffer)
    {
        if (transfer.Request.Expected is not { } expected) return true;
        var actual = _hasher!.Finish();
        if (actual == expected) return true;

        IReadOnlyList<LandedRange> records;
        lock (engine.Gate) records = transfer.Records;
        List<LandedRange> damaged = [];
        _bulk.Run(() => damaged = [.. records.Where(record => !file.IsIntact(record, buffer.AsSpan(0, ChunkSize), _ended))]);
        var fromPeers = records.Where(record => record.FromPeer).ToList();
        var sameAgain = _fetchedTwice && transfer.Differing.Count == 0;
        if (++_repairs > MostRepairs || (damaged.Count == 0 && fromPeers.Count == 0 && sameAgain)) throw GiveUp(file, actual, expected, records);

        if (damaged.Count > 0) Forget(file, damaged, compare: false); // The disk lost them: what arrived had another digest.
        else if (fromPeers.Count > 0)
        {
            lock (engine.Gate) transfer.DistrustPeers(fromPeers.Select(record => record.Source));
            Forget(file, fromPeers, compare: true);
        }
        else
        {
            _fetchedTwice = true;
            Forget(file, records, compare: true);
        }
        return false;
    }

    private void Forget(PartialFile file, IReadOnlyList<LandedRange> records, bool compare)
    {
        foreach (var record in records) file.Forget(record.Range);
        lock (engine.Gate) transfer.Forget(records, compare);
        StartHash();
        engine.Wake();
    }

    private HubException GiveUp(PartialFile file, ContentHash actual, ContentHash expected, IReadOnlyList<LandedRange> records)
    {
        file.Discard();
        var differing = transfer.Differing.Count;
        var givers = WrongBytes.Givers(transfer.Request, records);
        return new HubException(HubError.HashMismatch, $"{transfer.Request.Name} hashes to {actual} instead of {expected}, also after fetching it again "
            + (differing == 0 ? $"with the very same bytes: {WrongBytes.Name(givers)} does not hold the file it announces. "
                : $"({differing} of {records.Count} ranges differed, the first at byte {transfer.Differing[0].Start}): something between here and {WrongBytes.Name(givers)} changes bytes. ")
            + $"Nothing of it was kept. {WrongBytes.Remedy(transfer.Request, givers)}");
    }

    private void Finish(PartialFile file)
    {
        if (transfer.Request.FinishedPath is { } finished) file.Finish(finished); // Its bytes reach the disk after everybody was told.
        else file.Flush();
    }

    private void StartHash()
    {
        _hasher?.Dispose();
        _hasher = transfer.Request.Expected is { } expected ? new ContentHasher(expected.Kind, transfer.Request.FileByteCount) : null;
        _position = 0;
    }
}
