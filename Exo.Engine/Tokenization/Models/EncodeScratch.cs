using System.Runtime.CompilerServices;
using System.Text;
using Exo.Engine.Tokenization.PreTokenizers;

namespace Exo.Engine.Tokenization.Models;

/// <summary>The memory of one encoding at a time, kept from one to the next: buffers, output and the cache of words.</summary>
internal sealed class EncodeScratch
{
    /// <summary>Buffers beyond this many entries are given back after use.</summary>
    private const int Keep = 1 << 16;

    private int[] _output = new int[256];
    private byte[] _bytes = new byte[256];

    public PreTokens PreTokens { get; } = new();

    public WordCache Words { get; } = new();

    public SymbolChain Symbols { get; } = new();

    public MergeHeap Heap { get; } = new();

    public int Count { get; private set; }

    public ReadOnlySpan<int> Output => _output.AsSpan(0, Count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Emit(int id)
    {
        if (Count == _output.Length)
            Array.Resize(ref _output, Count * 2);
        _output[Count++] = id;
    }

    public void Emit(ReadOnlySpan<int> ids)
    {
        if (ids.Length == 1)
        {
            Emit(ids[0]);
            return;
        }
        if (_output.Length - Count < ids.Length)
            Array.Resize(ref _output, Math.Max(Count * 2, Count + ids.Length));
        ids.CopyTo(_output.AsSpan(Count));
        Count += ids.Length;
    }

    /// <summary>Takes back what was emitted after the first <paramref name="count"/> ids.</summary>
    public void Rewind(int count) => Count = count;

    /// <summary>Turns round what was emitted after the first <paramref name="count"/> ids.</summary>
    public void Reverse(int count) => _output.AsSpan(count, Count - count).Reverse();

    /// <summary>The word in UTF-8, with room for <paramref name="before"/> bytes in front; valid until the next call.</summary>
    public Span<byte> Utf8(ReadOnlySpan<char> word, int before = 0)
    {
        var most = before + word.Length * 3;
        if (_bytes.Length < most)
            _bytes = new byte[Math.Max(most, _bytes.Length * 2)];
        return _bytes.AsSpan(0, before + Encoding.UTF8.GetBytes(word, _bytes.AsSpan(before)));
    }

    /// <summary>Makes ready for the next text.</summary>
    public void Reset()
    {
        Count = 0;
        PreTokens.Trim();
        if (_output.Length > Keep)
            _output = new int[256];
        if (_bytes.Length > Keep)
            _bytes = new byte[256];
        Symbols.Trim(Keep);
        Heap.Trim(Keep);
    }
}
