namespace Exo.Grains.Shards;

/// <summary>How far a shard's load is, and how much memory of its own it has by then. Written by the loader, read by whoever asks.</summary>
internal sealed class ShardProgress : IProgress<double>
{
    private double _fraction;
    private long _ownByteCount;

    /// <summary>0 to 1.</summary>
    public double Fraction => Volatile.Read(ref _fraction);

    /// <summary>Bytes of weights that lie in memory of the shard's own once it is loaded, not in mapped pages; 0 while that is not known.</summary>
    public long OwnByteCount { set => Volatile.Write(ref _ownByteCount, value); }

    /// <summary>Bytes of them that are there by now: the system counts them as taken.</summary>
    public long SeenByteCount => (long)(Volatile.Read(ref _ownByteCount) * Fraction);

    public void Report(double value) => Volatile.Write(ref _fraction, value);
}
