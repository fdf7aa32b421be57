namespace Exo.Hub.Transfer;

/// <summary>
/// One connection's thread: takes a claim, asks its source, and moves bytes from the socket to their place in the file, digesting them on the
/// way. Reads block and writes are positioned, so that nothing waits for a shared thread; the block being filled is the thread's own.
/// </summary>
internal sealed class ConnectionWorker(TransferEngine engine)
{
    /// <summary>How long bytes are gathered for a write, in milliseconds: a slow connection shows what it has.</summary>
    private const int WriteEvery = 250;

    /// <summary>How long a range may take before a part of it is landed, in milliseconds.</summary>
    private const int LandEvery = 1000;

    private readonly BulkThread _bulk = new("exo bulk");
    private Block _block = new();

    /// <summary>Works until the engine has nothing for it.</summary>
    public void Run()
    {
        using var bulk = _bulk;
        while (engine.NextClaim() is { } claim)
        {
            using (claim) engine.GiveBack(claim, Fetch(claim));
        }
        _block.Dispose();
    }

    /// <summary>Fetches a claim; null where all of it came or it was ended by its user.</summary>
    private SourceException? Fetch(RangeClaim claim)
    {
        var file = claim.Transfer.File!;
        try
        {
            using var answer = claim.Source.Source.Open(claim.IsWhole ? null : ByteRange.FromTo(claim.Start, claim.End), claim.Ended);
            claim.Attach(answer);
            claim.Touch();
            _bulk.Run(() =>
            {
                if (claim.IsWhole) CopyMissing(claim, answer, file);
                else CopyRange(claim, answer, file);
            });
            return null;
        }
        catch (SourceException failure)
        {
            return claim is { IsAborted: true, IsStalled: false } ? null : failure;
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return claim switch
            {
                { IsStalled: true } => Broken($"{claim.Source.Source.Name} sent nothing for {engine.Options.StallTimeout.TotalSeconds:0} s"),
                { IsAborted: true } => null,
                _ => Broken($"{claim.Source.Source.Name} broke off ({broken.Message})"),
            };
        }
        catch (DiskException disk)
        {
            engine.Fail(claim.Transfer, DiskFailure.Of(disk.InnerException!, claim.Transfer.Request.PartialPath));
            return null;
        }
        catch (Exception unexpected)
        {
            engine.Fail(claim.Transfer, unexpected);
            return null;
        }
    }

    private void CopyRange(RangeClaim claim, RangeAnswer answer, PartialFile file)
    {
        using var digester = new RangeDigester(file.Kind);
        var start = claim.Start;
        var landedAt = Environment.TickCount64;
        var inOnePiece = claim.Transfer.IsComparing;
        try
        {
            while (claim.Position < claim.End)
            {
                if (!inOnePiece && Environment.TickCount64 - landedAt > LandEvery && claim.Position > start)
                {
                    // A slow connection lands what it has now and then: a kill costs it seconds, not its whole range.
                    Land(claim, file, ByteRange.FromTo(start, claim.Position), digester);
                    (start, landedAt) = (claim.Position, Environment.TickCount64);
                }
                var filled = Fill(claim, answer, (int)Math.Min(Block.Capacity, claim.End - claim.Position), out var isOver);
                Write(claim, file, digester, filled);
                if (isOver && claim.Position < claim.End) throw Broken($"{claim.Source.Source.Name} ended the body {claim.End - claim.Position} bytes early");
            }
            // The end was moved when another connection took the last part over: the rest of the body is its business.
        }
        catch
        {
            Land(claim, file, ByteRange.FromTo(start, claim.Position), digester); // What came before the break stays.
            throw;
        }
        if (IsTooLong(claim, answer))
        {
            claim.Retreat((int)(claim.Position - start)); // Who miscounts the end may have miscounted the start.
            throw new SourceException(SourceFailure.Transient, $"{claim.Source.Source.Name} sends more bytes than were asked for") { Error = HubError.BadAnswer };
        }
        Land(claim, file, ByteRange.FromTo(start, claim.Position), digester);
    }

    /// <summary>Reads the whole file's stream and keeps what is missing, landing it in steps so that a break costs little.</summary>
    private void CopyMissing(RangeClaim claim, RangeAnswer answer, PartialFile file)
    {
        using var digester = new RangeDigester(file.Kind);
        while (engine.NextMissing(claim) is { IsEmpty: false } run)
        {
            while (claim.Position < run.Start)
            {
                var skipped = Fill(claim, answer, (int)Math.Min(Block.Capacity, run.Start - claim.Position), out var isOver);
                claim.Advance(skipped);
                if (isOver && claim.Position < run.Start) throw Broken($"{claim.Source.Source.Name} ended the body early");
            }
            try
            {
                while (claim.Position < run.End)
                {
                    var filled = Fill(claim, answer, (int)Math.Min(Block.Capacity, run.End - claim.Position), out var isOver);
                    Write(claim, file, digester, filled);
                    if (isOver && claim.Position < run.End) throw Broken($"{claim.Source.Source.Name} ended the body early");
                }
            }
            finally
            {
                Land(claim, file, ByteRange.FromTo(run.Start, claim.Position), digester);
            }
        }
        if (claim.Position == claim.End && IsTooLong(claim, answer))
        {
            throw new SourceException(SourceFailure.ContentChanged, $"{claim.Transfer.Request.Name} is longer on {claim.Source.Source.Name} than announced") { Error = HubError.ContentChanged };
        }
    }

    /// <summary>Reads until there is enough for a write, <paramref name="wanted"/> bytes are here, or the body is over.</summary>
    private int Fill(RangeClaim claim, RangeAnswer answer, int wanted, out bool isOver)
    {
        var filled = 0;
        isOver = false;
        var buffer = _block.At(claim.Position);
        var begun = Environment.TickCount64;
        try
        {
            while (filled < wanted && (filled == 0 || Environment.TickCount64 - begun < WriteEvery))
            {
                var count = answer.Read(buffer.Slice(filled, Math.Min(wanted - filled, engine.Limiter.LargestRead)));
                if (count == 0)
                {
                    isOver = true;
                    break;
                }
                if (claim.IsAborted)
                {
                    // The answer may have been closed under this read, and its buffers be another's by now: what came of it is nobody's.
                    if (filled == 0) throw new OperationCanceledException();
                    break;
                }
                filled += count;
                claim.Touch();
                claim.Transfer.Count(count, claim.Source.Source.IsPeer);
                if (engine.Limiter.Take(count) is { Ticks: > 0 } wait)
                {
                    claim.Ended.WaitHandle.WaitOne(wait);
                    claim.Touch();
                }
            }
        }
        catch (IOException) when (filled > 0)
        {
            // What came is written first; the next read meets the same break.
        }
        return filled;
    }

    private void Write(RangeClaim claim, PartialFile file, RangeDigester digester, int filled)
    {
        var position = claim.Position;
        var count = claim.Advance(filled);
        try
        {
            file.Write(_block, count, position);
        }
        catch (Exception disk) when (DiskFailure.Is(disk))
        {
            claim.Retreat(count);
            throw new DiskException(disk);
        }
        digester.Append(_block.At(position)[..count]);
        if (file.Written is { } written) _block = written.Exchange(_block, position, count);
    }

    private void Land(RangeClaim claim, PartialFile file, ByteRange range, RangeDigester digester)
    {
        if (range.IsEmpty) return;
        var record = new LandedRange(range, digester.Finish(), claim.Source.Source.Name, claim.Source.Source.IsPeer);
        try
        {
            file.Land(record);
        }
        catch (Exception disk) when (DiskFailure.Is(disk))
        {
            throw new DiskException(disk);
        }
        engine.Land(claim, record);
    }

    /// <summary>Whether a body goes on after its last byte; also lets a well-behaved connection be used again.</summary>
    private bool IsTooLong(RangeClaim claim, RangeAnswer answer)
    {
        if (claim.IsAborted || claim.WasSplit) return false;
        try
        {
            return answer.Read(_block.At(0)[..1]) > 0;
        }
        catch (IOException)
        {
            return false; // All bytes are here; how the connection ends is no matter.
        }
    }

    private static SourceException Broken(string what) => new(SourceFailure.Transient, what) { Error = HubError.ServerFailing };

    /// <summary>Tells the disk's failures from the network's, which are IOExceptions as well.</summary>
    private sealed class DiskException(Exception inner) : Exception(inner.Message, inner);
}
