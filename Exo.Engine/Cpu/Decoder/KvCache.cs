using Exo.Engine.Backends;
using Exo.Engine.Cpu.Kernels;

namespace Exo.Engine.Cpu.Decoder;

/// <summary>
/// Keys and values of one layer in blocks of 32 positions. A block holds, head after head, keys as [headSize, 32] (so that
/// 32 scores are four vectors and need no folding) and values as [32, headSize]. The memory is reserved whole and touched as blocks are used.
/// </summary>
internal sealed unsafe class KvCache : IDisposable
{
    private readonly NativePages _keys;
    private readonly NativePages _values;

    public KvCache(int blockCount, int kvHeads, int headSize, KvType type)
    {
        KvHeads = kvHeads;
        HeadSize = headSize;
        Type = type;
        ElementSize = type == KvType.F32 ? F32Element.Size : F16Element.Size;
        HeadByteCount = (long)headSize * KvBlock.TokenCount * ElementSize;
        var byteCount = checked(blockCount * HeadByteCount * kvHeads);
        _keys = new NativePages(byteCount);
        _values = new NativePages(byteCount);
    }

    public int KvHeads { get; }

    public int HeadSize { get; }

    public KvType Type { get; }

    public int ElementSize { get; }

    /// <summary>Bytes of one head's keys (or values) in one block.</summary>
    public long HeadByteCount { get; }

    /// <summary>Bytes of one block, keys and values.</summary>
    public long BlockByteCount => 2 * HeadByteCount * KvHeads;

    /// <summary>[headSize, 32] of one head in one block.</summary>
    public byte* Keys(int block, int kvHead) => _keys.Data + ((long)block * KvHeads + kvHead) * HeadByteCount;

    /// <summary>[32, headSize] of one head in one block.</summary>
    public byte* Values(int block, int kvHead) => _values.Data + ((long)block * KvHeads + kvHead) * HeadByteCount;

    /// <summary>Stores one position's key and value of one head.</summary>
    /// <param name="offset">Position within the block.</param>
    /// <param name="key">[headSize]</param>
    /// <param name="value">[headSize]</param>
    public void Store(int block, int offset, int kvHead, float* key, float* value)
    {
        if (Type == KvType.F32) Store<F32Element>(block, offset, kvHead, key, value);
        else Store<F16Element>(block, offset, kvHead, key, value);
    }

    /// <summary>Fills the first blocks with small numbers, as if positions had been computed: what is measured then reads real memory.</summary>
    public void Fill(int blockCount)
    {
        const uint Small = 0x2C012C01; // about 0.06 as two halves, 1.8e-12 as a float: an ordinary number in both
        var words = checked((int)(HeadByteCount * KvHeads / sizeof(uint)));
        for (var block = 0; block < blockCount; block++)
        {
            new Span<uint>(Keys(block, 0), words).Fill(Small);
            new Span<uint>(Values(block, 0), words).Fill(Small);
        }
    }

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }

    private void Store<TElement>(int block, int offset, int kvHead, float* key, float* value)
        where TElement : struct, IElement
    {
        var keys = Keys(block, kvHead) + offset * TElement.Size;
        var values = Values(block, kvHead) + (long)offset * HeadSize * TElement.Size;
        for (var i = 0; i < HeadSize; i++)
        {
            TElement.StoreOne(key[i], keys + (long)i * KvBlock.TokenCount * TElement.Size);
            TElement.StoreOne(value[i], values + (long)i * TElement.Size);
        }
    }
}
