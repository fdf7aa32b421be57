namespace Exo.Engine.Placement;

/// <summary>An ordered chain of seats and where each one's range ends.</summary>
/// <param name="Seats">None twice.</param>
/// <param name="Ends">Rising; the last is the number of layers.</param>
internal sealed record Chain(int[] Seats, int[] Ends)
{
    public int Count => Seats.Length;

    public int StartOf(int shard) => shard == 0 ? 0 : Ends[shard - 1];

    /// <summary>The same seats, then the same ends; else by the seats' numbers, which follow their names.</summary>
    public int CompareTo(Chain other)
    {
        var seats = Seats.AsSpan().SequenceCompareTo(other.Seats);
        return seats != 0 ? seats : Ends.AsSpan().SequenceCompareTo(other.Ends);
    }
}
