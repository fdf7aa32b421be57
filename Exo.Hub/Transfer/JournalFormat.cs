using System.Buffers.Binary;
using System.Text;

namespace Exo.Hub.Transfer;

/// <summary>
/// The journal's bytes. A header of 256 bytes (magic, file size, digest kind, ETag), then records of 64 bytes, each closed by its own
/// CRC-32C: a torn or lost record is skipped without hurting the others. All numbers little-endian.
/// </summary>
internal static class JournalFormat
{
    public const int HeaderSize = 256;
    public const int RecordSize = 64;
    public const int LongestETag = 200;
    private const int LongestSource = 40;
    private static readonly byte[] Magic = "EXOJRNL1"u8.ToArray();

    public enum Entry : byte
    {
        /// <summary>A range landed: flags (1: from a peer), source number, length, start, digest.</summary>
        Landed = 1,
        /// <summary>A range is no longer trusted: length, start.</summary>
        Forgotten = 2,
        /// <summary>A source's number and name.</summary>
        Source = 3,
    }

    public static byte[] Header(long fileByteCount, RangeDigestKind kind, string etag)
    {
        var text = Encoding.UTF8.GetBytes(etag);
        if (text.Length > LongestETag) throw new ArgumentException($"An ETag of {text.Length} bytes is longer than {LongestETag}.", nameof(etag));
        var header = new byte[HeaderSize];
        Magic.CopyTo(header, 0);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), fileByteCount);
        header[16] = (byte)kind;
        header[17] = (byte)text.Length;
        text.CopyTo(header, 18);
        Seal(header);
        return header;
    }

    public static bool TryReadHeader(ReadOnlySpan<byte> header, out long fileByteCount, out RangeDigestKind kind, out string etag)
    {
        (fileByteCount, kind, etag) = (0, default, "");
        if (header.Length != HeaderSize || !header.StartsWith(Magic) || !IsSealed(header)) return false;
        fileByteCount = BinaryPrimitives.ReadInt64LittleEndian(header[8..]);
        kind = (RangeDigestKind)header[16];
        etag = Encoding.UTF8.GetString(header.Slice(18, Math.Min((int)header[17], LongestETag)));
        return kind is RangeDigestKind.Crc32C or RangeDigestKind.Sha256;
    }

    /// <summary>Writes a range's record into <paramref name="record"/> (64 bytes).</summary>
    public static void WriteRange(Span<byte> record, Entry entry, ByteRange range, ushort source, bool fromPeer, ReadOnlySpan<byte> digest)
    {
        record.Clear();
        record[0] = (byte)entry;
        record[1] = fromPeer ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(record[2..], source);
        BinaryPrimitives.WriteInt64LittleEndian(record[8..], range.Start);
        BinaryPrimitives.WriteInt64LittleEndian(record[16..], range.Length);
        digest.CopyTo(record[24..56]);
        Seal(record);
    }

    public static void WriteSource(Span<byte> record, ushort number, string name)
    {
        record.Clear();
        record[0] = (byte)Entry.Source;
        BinaryPrimitives.WriteUInt16LittleEndian(record[2..], number);
        var text = Encoding.UTF8.GetBytes(name);
        var length = Math.Min(text.Length, LongestSource);
        record[4] = (byte)length;
        text.AsSpan(0, length).CopyTo(record[8..]);
        Seal(record);
    }

    public static ByteRange Range(ReadOnlySpan<byte> record) =>
        new(BinaryPrimitives.ReadInt64LittleEndian(record[8..]), BinaryPrimitives.ReadInt64LittleEndian(record[16..]));

    public static ushort SourceNumber(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt16LittleEndian(record[2..]);

    public static string SourceName(ReadOnlySpan<byte> record) => Encoding.UTF8.GetString(record.Slice(8, Math.Min((int)record[4], LongestSource)));

    public static byte[] Digest(ReadOnlySpan<byte> record, RangeDigestKind kind) => record.Slice(24, kind == RangeDigestKind.Sha256 ? 32 : 4).ToArray();

    public static bool IsSealed(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) == Crc32C.Of(bytes[..^4]);

    private static void Seal(Span<byte> bytes) => BinaryPrimitives.WriteUInt32LittleEndian(bytes[^4..], Crc32C.Of(bytes[..^4]));
}
