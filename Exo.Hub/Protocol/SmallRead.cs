using Exo.Hub.Transfer;

namespace Exo.Hub.Protocol;

/// <summary>Reads a small range into memory on a thread of its own, with the same back-off as the rest.</summary>
internal static class SmallRead
{
    /// <summary>How far into a file a range may lie to be read from a server that sends only whole files, in bytes.</summary>
    private const long LongestSkip = 128L << 20;

    public static Task<byte[]> RunAsync(
        IRangeSource source, HubFile file, ByteRange range, HubOptions options, TimeProvider time, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(
            () => Run(source, file, range, options, time, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static byte[] Run(IRangeSource source, HubFile file, ByteRange range, HubOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        if (options.Offline) throw new HubException(HubError.Offline, $"{file.Path} is not in the store and HF_HUB_OFFLINE is set. Unset it to fetch.");
        var bytes = new byte[range.Length];
        var ignoresRanges = false;
        for (int attempt = 1, filled = 0; filled < bytes.Length; attempt++)
        {
            SourceException failure;
            try
            {
                filled += Read(source, new ByteRange(range.Start + filled, range.Length - filled), bytes.AsSpan(filled), ignoresRanges, options, time, cancellationToken);
                continue;
            }
            catch (SourceException refused)
            {
                failure = refused;
            }
            if (failure.Failure == SourceFailure.Fatal) throw (HubException)failure.InnerException!;
            if (failure.Failure == SourceFailure.RangesIgnored && !ignoresRanges && range.End <= LongestSkip)
            {
                ignoresRanges = true; // What is read here lies near the start: the whole file's stream brings it soon enough.
                continue;
            }
            if (failure.Failure == SourceFailure.RangesIgnored)
            {
                throw new HubException(HubError.BadAnswer, $"{source.Name} ignores range requests, so parts of {file.Path} cannot be read. Use another HF_ENDPOINT, or pull the whole model.", failure);
            }
            if (failure.Failure != SourceFailure.Transient || attempt >= options.MaxAttempts)
            {
                throw new HubException(failure.Error, $"Reading {file.Path} failed because {failure.Message}. Try again.", failure);
            }
            cancellationToken.WaitHandle.WaitOne(BackOff.Delay(attempt, failure.RetryAfter, options, Random.Shared.NextDouble()));
            cancellationToken.ThrowIfCancellationRequested();
        }
        return bytes;
    }

    /// <summary>Bytes read before the body ended or broke; at least one.</summary>
    private static int Read(IRangeSource source, ByteRange range, Span<byte> destination, bool ignoresRanges, HubOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.StallTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var filled = 0;
        try
        {
            using var answer = source.Open(ignoresRanges ? null : range, both.Token);
            using var abort = both.Token.Register(answer.Abort);
            if (ignoresRanges) Skip(answer, range.Start, limit, options);
            while (filled < destination.Length && answer.Read(destination[filled..]) is var count and > 0)
            {
                filled += count;
                limit.CancelAfter(options.StallTimeout);
            }
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
        return filled > 0 ? filled : throw new SourceException(SourceFailure.Transient, $"{source.Name} sends nothing") { Error = HubError.Unreachable };
    }

    private static void Skip(RangeAnswer answer, long byteCount, CancellationTokenSource limit, HubOptions options)
    {
        var buffer = new byte[64 << 10];
        while (byteCount > 0 && answer.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, byteCount))) is var count and > 0)
        {
            byteCount -= count;
            limit.CancelAfter(options.StallTimeout);
        }
        if (byteCount > 0) throw new IOException("The body ended before the range began.");
    }
}
