using System.Globalization;

namespace Exo.Engine.Tokenization.Models;

/// <summary>The tokens that stand for single bytes.</summary>
internal sealed class ByteTokens
{
    private readonly int[] _ids = new int[256];

    private ByteTokens(Vocabulary vocabulary, Func<byte, string> piece)
    {
        for (var value = 0; value < 256; value++)
            _ids[value] = vocabulary.Find(piece((byte)value));
    }

    /// <summary>Spelled in <see cref="ByteAlphabet"/>.</summary>
    public static ByteTokens Spelled(Vocabulary vocabulary) => new(vocabulary, value => ByteAlphabet.CharOf(value).ToString());

    /// <summary>Spelled as SentencePiece does, "&lt;0x0A&gt;".</summary>
    public static ByteTokens Hexadecimal(Vocabulary vocabulary) => new(vocabulary, value => $"<0x{value:X2}>");

    /// <summary>The byte's token, or -1.</summary>
    public int Id(byte value) => _ids[value];

    public bool HasAll(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
            if (_ids[value] < 0)
                return false;
        return true;
    }

    /// <summary>The byte that a piece like "&lt;0x0A&gt;" stands for, or -1.</summary>
    public static int Read(ReadOnlySpan<byte> piece) =>
        piece.Length == 6 && piece.StartsWith("<0x"u8) && piece[5] == (byte)'>'
            && byte.TryParse(piece.Slice(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : -1;
}
