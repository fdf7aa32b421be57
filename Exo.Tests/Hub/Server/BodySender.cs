using System.IO.Compression;
using System.IO.Pipelines;

namespace Exo.Tests.Hub.Server;

/// <summary>A body to be sent, whole or in the range that was asked.</summary>
internal sealed record BodyAnswer
{
    public required FaultScope Scope { get; init; }

    /// <summary>"org/name/path" of the file, or the API address.</summary>
    public required string Name { get; init; }

    public required HubContent Content { get; init; }

    public required string ContentType { get; init; }

    /// <summary>Without quotes; null sends none and takes no ranges.</summary>
    public required string? ETag { get; init; }

    /// <summary>Reached by a signed address.</summary>
    public bool IsSigned { get; init; }
}

/// <summary>Sends bodies: ranges as RFC 9110 has them, at the connection's rate, with the fault that the plan chooses.</summary>
internal sealed class BodySender(HubServerOptions options, ConnectionPaces paces, CancellationToken stopping)
{
    private const int ChunkSize = 1 << 16;

    /// <summary>Answers the request with the body, or with what goes wrong instead.</summary>
    public async Task SendAsync(HubExchange exchange, BodyAnswer answer)
    {
        if (answer.Scope == FaultScope.Content) exchange.Record.File = answer.Name;
        var range = AskedRange.Asked(exchange, answer);
        var fault = options.Faults.Choose(new FaultOccasion(
            answer.Scope, exchange.Record.Method, answer.Name, range.Start, range.IsPart, answer.IsSigned));
        exchange.Struck(fault);
        if (await RefuseAsync(exchange, fault)) return;
        if (range.IsOutside || fault == Fault.RangeRefused)
        {
            exchange.Header("Content-Range", $"bytes */{answer.Content.Length}");
            await exchange.TextAsync(416, "text/plain", "Range not satisfiable");
            return;
        }
        if (fault == Fault.ChangedETag) (answer, range) = Replaced(exchange, answer);
        await SendBodyAsync(exchange, answer, range, fault);
    }

    /// <summary>For answers without a body: chooses a fault and lets it strike. True when it did.</summary>
    public async Task<bool> StrikeAsync(HubExchange exchange, FaultOccasion occasion)
    {
        var fault = options.Faults.Choose(occasion);
        exchange.Struck(fault);
        return await RefuseAsync(exchange, fault);
    }

    /// <summary>The faults that answer something else altogether. True when this is one.</summary>
    private async Task<bool> RefuseAsync(HubExchange exchange, Fault fault)
    {
        switch (fault)
        {
            case Fault.ServerError: await exchange.TextAsync(500, "text/plain", "Internal Error"); return true;
            case Fault.BadGateway: await exchange.TextAsync(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>"); return true;
            case Fault.Unavailable:
                exchange.Header("Retry-After", $"{options.RetryAfterSeconds}");
                await exchange.TextAsync(503, "text/plain", "Slow down");
                return true;
            case Fault.TooManyRequests:
                exchange.Header("Retry-After", $"{options.RetryAfterSeconds}");
                exchange.Header("RateLimit", $"\"resolvers\";r=0;t={options.RetryAfterSeconds}");
                await HubErrors.TooManyRequestsAsync(exchange);
                return true;
            case Fault.ExpiredSignature: await CdnEndpoint.ExpiredAsync(exchange); return true;
            case Fault.HtmlPage: await exchange.TextAsync(200, "text/html", "<!doctype html><title>Back soon</title><p>We are upgrading.</p>"); return true;
            case Fault.RedirectLoop:
                exchange.Header("Location", exchange.Record.Target);
                await exchange.TextAsync(302, "text/plain", "Redirecting");
                return true;
            case Fault.Silence: await UntilGoneAsync(exchange); return true;
            case Fault.Reset when exchange.IsHead || exchange.Record.File is null: exchange.Cut(); return true;
            default: return false;
        }
    }

    private async Task SendBodyAsync(HubExchange exchange, BodyAnswer answer, AskedRange range, Fault fault)
    {
        if (fault == Fault.WholeBody) range = AskedRange.Whole(answer.Content.Length);
        if (fault == Fault.WrongContentRange) range = range.Moved();
        var status = range.IsPart ? 206 : 200;
        var promised = range;
        if (fault == Fault.LongBody) range = range.Longer(answer.Content.Length);

        exchange.Status(status);
        exchange.Http.Response.ContentType = answer.ContentType;
        if (answer.ETag is { } tag) exchange.Header("ETag", $"\"{tag}\"");
        if (answer.ETag is not null) exchange.Header("Accept-Ranges", "bytes");
        if (status == 206) exchange.Header("Content-Range", $"bytes {promised.Start}-{promised.End - 1}/{answer.Content.Length}");
        // A long body beyond the file's end has no honest length: it goes out chunked.
        if (fault == Fault.UnaskedGzip) exchange.Header("Content-Encoding", "gzip");
        else if (fault != Fault.LongBody || range.End <= answer.Content.Length) exchange.Http.Response.ContentLength = range.Length;
        if (exchange.IsHead) return;
        exchange.Record.SentFrom = range.Start;
        await (fault == Fault.UnaskedGzip ? SendGzipAsync(exchange, answer.Content, range) : SendBytesAsync(exchange, answer, range, fault));
    }

    private async Task SendBytesAsync(HubExchange exchange, BodyAnswer answer, AskedRange range, Fault fault)
    {
        // Where it goes wrong is a matter of what is asked, so that a run can be had again.
        var chosen = range.Start + (long)(Scramble.Mix(Scramble.Of(answer.Name), (ulong)range.Start) % (ulong)Math.Max(1, range.Length));
        var output = exchange.Http.Response.BodyWriter;
        var trickled = options.Clock.GetTimestamp();
        for (var offset = range.Start; offset < range.End;)
        {
            var trickles = fault == Fault.Trickle && options.Clock.GetElapsedTime(trickled) < options.TrickleTime;
            var count = (int)Math.Min(trickles ? 1 : ChunkSize, range.End - offset);
            if (fault is Fault.ShortBody or Fault.Stall or Fault.Reset) count = (int)Math.Min(count, chosen - offset);
            if (count == 0)
            {
                await StopAsync(exchange, fault);
                return;
            }
            if (trickles) await Task.Delay(TimeSpan.FromMilliseconds(5), options.Clock, exchange.Aborted);
            await paces.WaitAsync(exchange.Record.Connection, count, exchange.Aborted);
            Write(output, answer.Content, offset, count, fault == Fault.Corrupt ? chosen : -1);
            var flushed = await output.FlushAsync(exchange.Aborted);
            if (flushed.IsCompleted) return;
            exchange.Record.BytesSent += count;
            offset += count;
        }
    }

    /// <summary>What comes after the last byte of a body that ends early.</summary>
    private async Task StopAsync(HubExchange exchange, Fault fault)
    {
        await exchange.Http.Response.BodyWriter.FlushAsync(exchange.Aborted);
        if (fault == Fault.Stall) await UntilGoneAsync(exchange);
        else if (fault == Fault.Reset) exchange.Cut();
        // A short body needs nothing: the server closes a connection whose Content-Length it did not keep.
    }

    private static void Write(PipeWriter output, HubContent content, long offset, int count, long corrupt)
    {
        var span = output.GetSpan(count)[..count];
        var real = (int)Math.Clamp(content.Length - offset, 0, count);
        content.Read(offset, span[..real]);
        span[real..].Fill((byte)'!');
        if (corrupt >= offset && corrupt < offset + count) span[(int)(corrupt - offset)] ^= 0x10;
        output.Advance(count);
    }

    private async Task SendGzipAsync(HubExchange exchange, HubContent content, AskedRange range)
    {
        var buffer = new byte[ChunkSize];
        await using var gzip = new GZipStream(exchange.Http.Response.Body, CompressionLevel.NoCompression, leaveOpen: true);
        for (var offset = range.Start; offset < range.End;)
        {
            var count = (int)Math.Min(buffer.Length, range.End - offset);
            content.Read(offset, buffer.AsSpan(0, count));
            await gzip.WriteAsync(buffer.AsMemory(0, count), exchange.Aborted);
            exchange.Record.BytesSent += count;
            offset += count;
        }
    }

    /// <summary>Another file in the place of this one; If-Range with the old name gets it whole.</summary>
    private static (BodyAnswer, AskedRange) Replaced(HubExchange exchange, BodyAnswer answer)
    {
        var other = answer with { ETag = "replaced-" + answer.ETag, Content = new SeededContent(Scramble.Of(answer.Name), answer.Content.Length) };
        return (other, AskedRange.Asked(exchange, other));
    }

    private async Task UntilGoneAsync(HubExchange exchange)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(exchange.Aborted, stopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token);
    }
}
