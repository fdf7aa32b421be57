using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>A source whose file's beginning was read before: those bytes are not asked for a second time.</summary>
/// <param name="inner">Asked for the rest.</param>
/// <param name="beginning">The file's first bytes, as the source gave them.</param>
internal sealed class RememberedSource(IRangeSource inner, byte[] beginning) : IRangeSource
{
    public string Name => inner.Name;

    public bool IsPeer => inner.IsPeer;

    public bool IsMirror => inner.IsMirror;

    public RangeSet? Advertised => inner.Advertised;

    public RangeAnswer Open(ByteRange? range, CancellationToken cancellationToken)
    {
        if (range is not { } wanted || wanted.Start >= beginning.Length) return inner.Open(range, cancellationToken);
        var known = beginning.AsMemory((int)wanted.Start, (int)(Math.Min(wanted.End, beginning.Length) - wanted.Start));
        var rest = ByteRange.FromTo(beginning.Length, wanted.End);
        return new Answer(known, rest.IsEmpty ? null : inner.Open(rest, cancellationToken));
    }

    /// <summary>What is known, and then what is asked for.</summary>
    private sealed class Answer(ReadOnlyMemory<byte> known, RangeAnswer? rest) : RangeAnswer
    {
        private ReadOnlyMemory<byte> _known = known;

        public override int Read(Span<byte> destination)
        {
            if (_known.IsEmpty) return rest?.Read(destination) ?? 0;
            var count = Math.Min(_known.Length, destination.Length);
            _known.Span[..count].CopyTo(destination);
            _known = _known[count..];
            return count;
        }

        public override void Abort() => rest?.Abort();

        public override void Dispose() => rest?.Dispose();
    }
}
