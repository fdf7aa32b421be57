using System.Net.Http.Headers;

namespace Exo.Tests.Hub.Server;

/// <summary>The bytes [Start, End) of a body.</summary>
/// <param name="IsPart">Answered with 206.</param>
/// <param name="IsOutside">Asked, and not to be had: 416.</param>
internal readonly record struct AskedRange(long Start, long End, bool IsPart, bool IsOutside = false)
{
    public long Length => End - Start;

    public static AskedRange Whole(long length) => new(0, length, false);

    /// <summary>Range and If-Range as RFC 9110 14.2 reads them; what cannot be read, and several ranges at once, count as no range.</summary>
    public static AskedRange Asked(HubExchange exchange, BodyAnswer answer)
    {
        var length = answer.Content.Length;
        if (answer.ETag is null || !RangeHeaderValue.TryParse(exchange.Record.Header("Range"), out var header)
            || header.Unit != "bytes" || header.Ranges.Count != 1)
            return Whole(length);
        if (exchange.Record.Header("If-Range") is { Length: > 0 } condition && condition != $"\"{answer.ETag}\"") return Whole(length);
        return header.Ranges.Single() switch
        {
            { From: { } from } when from >= length => new(from, from, true, true),
            { From: { } from, To: var to } => new(from, Math.Min(to ?? long.MaxValue - 1, length - 1) + 1, true),
            { To: { } last } when last > 0 && length > 0 => new(Math.Max(0, length - last), length, true),
            _ => new(0, 0, true, true),
        };
    }

    /// <summary>As long, but elsewhere: earlier where there is room, else later and shorter.</summary>
    public AskedRange Moved()
    {
        var by = Start > 0 ? -Math.Min(Start, 4096) : Length > 1 ? Length / 2 : 0;
        return this with { Start = Start + by, End = by < 0 ? End + by : End };
    }

    /// <summary>More than was asked; beyond the end of the file where the range reaches it.</summary>
    public AskedRange Longer(long length) => this with { End = End + (End == length ? 1000 : Math.Min(1000, length - End)) };
}
