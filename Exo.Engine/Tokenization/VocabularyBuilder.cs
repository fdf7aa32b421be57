namespace Exo.Engine.Tokenization;

/// <summary>Collects a vocabulary's pieces.</summary>
internal sealed class VocabularyBuilder
{
    private byte[] _bytes = new byte[1 << 16];
    private Vocabulary.Entry[] _entries = new Vocabulary.Entry[1 << 12];
    private int _length;

    public int Count { get; private set; }

    /// <param name="piece">UTF-8.</param>
    /// <param name="id">0 to <see cref="Vocabulary.MaxIds"/> - 1.</param>
    public void Add(ReadOnlySpan<byte> piece, int id)
    {
        piece.CopyTo(Reserve(piece.Length));
        Commit(piece.Length, id);
    }

    /// <summary>Room for a piece that <see cref="Commit"/> then adds.</summary>
    public Span<byte> Reserve(int length)
    {
        if (_bytes.Length - _length < length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + length));
        return _bytes.AsSpan(_length, length);
    }

    public void Commit(int length, int id)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)id, (uint)Vocabulary.MaxIds, nameof(id));
        if (Count == _entries.Length)
            Array.Resize(ref _entries, Count * 2);
        _entries[Count++] = new(_length, length, id);
        _length += length;
    }

    public Vocabulary Build() => new(_bytes, _entries.AsSpan(0, Count));
}
