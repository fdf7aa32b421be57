using System.Runtime.CompilerServices;

namespace Exo.Engine.Tokenization;

/// <summary>
/// GPT-2's spelling of bytes as printable characters: the printable ones of Latin-1 stand for themselves, the other 68 are U+0100 and on.
/// A byte-level vocabulary spells its pieces so.
/// </summary>
internal static class ByteAlphabet
{
    /// <summary>One past the last character of the alphabet.</summary>
    public const int Limit = 0x100 + 68;

    private static readonly char[] Spelling = new char[256];
    private static readonly short[] Bytes = new short[Limit];

    static ByteAlphabet()
    {
        Array.Fill(Bytes, (short)-1);
        var next = 0x100;
        for (var value = 0; value < 256; value++)
        {
            Spelling[value] = (char)(value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? value : next++);
            Bytes[Spelling[value]] = (short)value;
        }
    }

    /// <summary>The character that spells a byte.</summary>
    public static char CharOf(byte value) => Spelling[value];

    /// <summary>The byte that a character spells, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ByteOf(int character) => (uint)character < Limit ? Bytes[character] : -1;

    /// <summary>Spells bytes, in UTF-8.</summary>
    /// <param name="bytes">What is spelled.</param>
    /// <param name="spelled">At least twice as long.</param>
    /// <returns>How much of <paramref name="spelled"/> is written.</returns>
    public static int Spell(ReadOnlySpan<byte> bytes, Span<byte> spelled)
    {
        var written = 0;
        foreach (var value in bytes)
        {
            int c = Spelling[value];
            if (c < 0x80)
                spelled[written++] = (byte)c;
            else
            {
                spelled[written++] = (byte)(0xC0 | c >> 6);
                spelled[written++] = (byte)(0x80 | c & 0x3F);
            }
        }
        return written;
    }

    /// <summary>The bytes that a piece spells.</summary>
    /// <param name="piece">UTF-8.</param>
    /// <param name="bytes">At least as long.</param>
    /// <returns>How much of <paramref name="bytes"/> is written, or -1 where the piece has a character outside the alphabet.</returns>
    public static int Read(ReadOnlySpan<byte> piece, Span<byte> bytes)
    {
        var written = 0;
        for (var i = 0; i < piece.Length; i++)
        {
            int c = piece[i];
            if (c >= 0x80)
            {
                if (c is < 0xC0 or >= 0xE0 || i + 1 == piece.Length)
                    return -1;
                c = (c & 0x1F) << 6 | piece[++i] & 0x3F;
            }
            var value = ByteOf(c);
            if (value < 0)
                return -1;
            bytes[written++] = (byte)value;
        }
        return written;
    }
}
