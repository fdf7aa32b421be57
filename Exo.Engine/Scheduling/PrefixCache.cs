using Exo.Engine.Backends;

namespace Exo.Engine.Scheduling;

/// <summary>
/// Which tokens' keys and values lie in which full KV block. A block is known by its own tokens and by the entry of the block before
/// it, so an entry stands for everything from the sequence's beginning. It counts no references and frees nothing.
/// </summary>
internal sealed class PrefixCache
{
    /// <summary>The entry before a sequence's first block.</summary>
    public const long Root = 0;

    private const int None = -1;

    private readonly Func<long, ReadOnlySpan<int>, ulong> _hash;
    private readonly Dictionary<ulong, int> _firstByHash;
    private readonly Entry[] _entries;

    /// <summary>[blocks, tokens of a block]: memory is touched only as blocks are used, and no step allocates any.</summary>
    private readonly int[] _tokens;
    private long _lastSerial = Root;

    /// <param name="blockCount">Blocks there are.</param>
    /// <param name="hash">Of (entry before, tokens). Collisions cost time and nothing else.</param>
    public PrefixCache(int blockCount, Func<long, ReadOnlySpan<int>, ulong>? hash = null)
    {
        _entries = new Entry[blockCount];
        _tokens = new int[(long)blockCount * KvBlock.TokenCount];
        _firstByHash = new Dictionary<ulong, int>(blockCount);
        _hash = hash ?? Hash;
    }

    /// <summary>The block that holds these tokens after that entry, or -1.</summary>
    /// <param name="before">The entry of the block before, or <see cref="Root"/>.</param>
    /// <param name="tokens">As many as a block holds.</param>
    public int Find(long before, ReadOnlySpan<int> tokens)
    {
        for (var block = _firstByHash.GetValueOrDefault(_hash(before, tokens), None); block != None; block = _entries[block].NextOfHash)
        {
            ref var entry = ref _entries[block];
            if (entry.Before == before && tokens.SequenceEqual(TokensOf(block))) return block;
        }

        return None;
    }

    public bool Holds(int block) => _entries[block].Serial != Root;

    /// <summary>The number of a held block's entry; no number is ever given twice.</summary>
    public long EntryOf(int block) => _entries[block].Serial;

    /// <summary>Makes a block findable. It must not be held, and its tokens not be found elsewhere.</summary>
    public void Add(int block, long before, ReadOnlySpan<int> tokens)
    {
        ref var entry = ref _entries[block];
        tokens.CopyTo(TokensOf(block));
        entry.Serial = ++_lastSerial;
        entry.Before = before;
        entry.HashValue = _hash(before, tokens);
        entry.NextOfHash = _firstByHash.GetValueOrDefault(entry.HashValue, None);
        _firstByHash[entry.HashValue] = block;
    }

    /// <summary>Makes a held block unfindable. Blocks after it can't be reached any more either, and wait for their own eviction.</summary>
    public void Remove(int block)
    {
        ref var entry = ref _entries[block];
        var current = _firstByHash[entry.HashValue];
        if (current == block)
        {
            if (entry.NextOfHash == None) _firstByHash.Remove(entry.HashValue);
            else _firstByHash[entry.HashValue] = entry.NextOfHash;
        }
        else
        {
            while (_entries[current].NextOfHash != block) current = _entries[current].NextOfHash;
            _entries[current].NextOfHash = entry.NextOfHash;
        }

        entry.Serial = Root;
    }

    private Span<int> TokensOf(int block) => _tokens.AsSpan(block * KvBlock.TokenCount, KvBlock.TokenCount);

    private static ulong Hash(long before, ReadOnlySpan<int> tokens)
    {
        var hash = (ulong)before * 0x9E3779B97F4A7C15;
        foreach (var token in tokens)
        {
            hash = (hash ^ (uint)token) * 0xD6E8FEB86659FD93;
            hash ^= hash >> 32;
        }

        return hash;
    }

    private struct Entry
    {
        /// <summary><see cref="Root"/> where the block is not held.</summary>
        public long Serial;

        public long Before;
        public ulong HashValue;
        public int NextOfHash;
    }
}
